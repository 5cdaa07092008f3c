"""Runs commands: resolves words, reads options, shows help, turns errors into text and exit status."""
