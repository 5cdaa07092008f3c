"""`pywrangler cluster`: several machines as one platform."""
