"""`pywrangler containers registries`."""
