"""Into and around instances that run on the local platform."""
