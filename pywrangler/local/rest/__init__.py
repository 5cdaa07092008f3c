"""Cloudflare's REST API from the platform's store: `app.make_app` is the way in, `operations` what it asks of
others.
"""
