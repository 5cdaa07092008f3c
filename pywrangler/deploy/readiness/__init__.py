"""Waits until a deploy runs: follows rollouts, brings instances up, explains failures."""
