"""The command line's part of the local platform's process: find, start and stop it.

It imports the standard library only, and none of the platform's own modules, which the started process
imports.
"""
