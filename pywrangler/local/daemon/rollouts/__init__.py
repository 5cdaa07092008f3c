"""Rollouts: a new version proved, running instances replaced, failures taken back."""
