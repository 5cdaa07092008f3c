"""What the pytest plugin deploys with: a platform for a test session, and what tests do with a project there.

`pywrangler_containers.pytest_plugin` imports it when a test asks for a deployed project, and not before.
"""
