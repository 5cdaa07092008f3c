"""The Docker Engine's API as `workerd` uses it: reads, routes and answers requests. It does not call an
engine.
"""
