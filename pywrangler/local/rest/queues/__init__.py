"""Queues: the queues themselves, their consumers and messages."""
