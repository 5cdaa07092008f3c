"""The local platform: Cloudflare's API, `workerd` and containers on this machine."""
