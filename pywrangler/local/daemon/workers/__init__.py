"""The Workers that run here: each with its sockets, its `workerd` and its gateway."""
