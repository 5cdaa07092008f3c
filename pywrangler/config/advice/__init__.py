"""What was probably meant: hints and safe edits for values and fields that a check refuses."""
