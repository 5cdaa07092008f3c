"""The running Workers: each with its sockets, its `workerd` and its gateway."""
