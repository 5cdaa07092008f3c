"""Products of Cloudflare's that keep data for all Workers: a `workerd` each, started at first use."""
