"""A `workerd` as one of several that share their Durable Objects."""
