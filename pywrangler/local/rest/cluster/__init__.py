"""Clusters: this platform as one of their nodes."""
