"""Worker scripts over time."""
