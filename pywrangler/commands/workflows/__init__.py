"""`pywrangler workflows`: Workflows and their instances."""
