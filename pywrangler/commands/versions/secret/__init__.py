"""`pywrangler versions secret`."""
