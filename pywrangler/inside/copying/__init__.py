"""Files to and from a container, as `docker cp` copies them."""
