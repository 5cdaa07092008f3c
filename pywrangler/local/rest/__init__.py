"""Cloudflare's REST API from the platform's store.

`app.make_app` is the entry point. `operations` describes what the API needs from the rest of the platform.
"""
