"""What the soak decides."""
