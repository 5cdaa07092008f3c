"""`pywrangler types`."""
