"""Durable Object classes of uploads: migrations, exports, moves between Workers."""
