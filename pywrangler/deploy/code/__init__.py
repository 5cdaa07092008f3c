"""Warnings about code that bundles and cannot do what it was written for."""
