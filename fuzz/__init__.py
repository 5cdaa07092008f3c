"""Fuzzing, which nothing else depends on: see CONTRIBUTING.md."""
