"""`pywrangler r2`: buckets and objects."""
