"""The site that `make docs` builds: the pages of `docs`, and those that are made from the code."""
