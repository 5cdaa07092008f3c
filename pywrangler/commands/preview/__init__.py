"""`pywrangler preview`."""
