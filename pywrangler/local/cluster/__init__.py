"""Several platforms as one: the bucket that they share, and the state in it."""
