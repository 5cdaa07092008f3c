"""`pywrangler containers images`."""
