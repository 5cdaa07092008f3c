"""`pywrangler tail`."""
