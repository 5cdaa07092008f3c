"""pywrangler and Wrangler, in turn, at the same work, each with an account and a registry of its own."""
