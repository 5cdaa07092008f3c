"""Feeds readers with inputs that no one would write: some in CI, more with `make fuzz`."""
