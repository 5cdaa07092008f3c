"""`pywrangler containers`."""
