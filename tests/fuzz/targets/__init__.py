"""The readers that take inputs without a server."""
