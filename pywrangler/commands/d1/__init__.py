"""`pywrangler d1`: databases, statements and migrations."""
