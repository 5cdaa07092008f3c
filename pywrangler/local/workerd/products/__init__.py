"""Products of Cloudflare's that keep data for all Workers: the configuration of the `workerd` of each."""
