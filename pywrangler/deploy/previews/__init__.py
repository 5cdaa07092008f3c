"""Previews of a Worker at Cloudflare."""
