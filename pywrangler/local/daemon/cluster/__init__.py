"""This platform as a node of a cluster."""
