"""Several platforms as one: the bucket that they share."""
