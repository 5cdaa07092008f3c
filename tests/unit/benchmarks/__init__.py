"""What the measurements decide and pretend."""
