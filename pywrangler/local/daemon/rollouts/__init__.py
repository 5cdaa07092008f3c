"""Rollouts: prove a new version, replace running instances, revert failures."""
