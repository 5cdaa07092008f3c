"""What can be broken: small records, each with a context that breaks and mends."""
