"""Images of containers that go back with their Worker, at Cloudflare.

The local platform knows the images of its versions and does this itself.
"""
