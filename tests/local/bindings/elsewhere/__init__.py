"""Bindings that lead elsewhere: to servers of the user, or to Cloudflare."""
