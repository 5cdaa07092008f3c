"""Set-up of a machine for working on pywrangler: standard library only, since nothing is installed yet.

Every step says what it does, can be run again, and costs next to nothing when there is nothing left to do.
"""
