"""Products of Cloudflare's that Workers are bound to."""
