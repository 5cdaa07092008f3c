"""`pywrangler deploy`: its options, its progress, its result."""
