"""`pywrangler dev`."""
