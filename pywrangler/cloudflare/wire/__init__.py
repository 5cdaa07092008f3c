"""Connections to servers: by way of proxies, with the certificates that the environment names."""
