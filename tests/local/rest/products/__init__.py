"""The REST API of smaller products."""
