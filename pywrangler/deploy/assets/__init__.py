"""Static assets of a Worker: which files, and their upload."""
