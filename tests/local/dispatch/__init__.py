"""Workers for Platforms, and client certificates, on the local platform."""
