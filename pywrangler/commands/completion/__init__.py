"""`pywrangler completion`, and the names that the scripts ask for at a Tab."""
