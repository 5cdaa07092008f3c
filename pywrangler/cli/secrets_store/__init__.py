"""`pywrangler secrets-store`."""
