"""Guesses at what was meant: hints and safe edits for values and fields that a check refuses."""
