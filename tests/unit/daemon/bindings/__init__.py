"""Bindings that the platform answers itself, without a runtime."""
