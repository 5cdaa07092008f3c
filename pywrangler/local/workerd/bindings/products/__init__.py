"""Bindings to products of Cloudflare, in the forms of `workerd` and of miniflare."""
