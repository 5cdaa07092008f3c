"""Bindings that the platform answers itself, or that lead from here to Cloudflare."""
