"""`pywrangler secret`."""
