"""`pywrangler workflows instances`."""
