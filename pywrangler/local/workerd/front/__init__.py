"""What stands between a Worker's address and its code."""
