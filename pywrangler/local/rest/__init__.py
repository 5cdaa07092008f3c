"""Cloudflare's REST API from the platform's store.

`app.make_app` is the way in, `operations` says what it asks of the rest of the platform.
"""
