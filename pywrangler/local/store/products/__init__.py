"""What the platform remembers of smaller products."""
