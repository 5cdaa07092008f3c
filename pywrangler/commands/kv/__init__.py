"""`pywrangler kv`."""
