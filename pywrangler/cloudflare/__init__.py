"""Cloudflare's REST API: one client, one module per resource."""
