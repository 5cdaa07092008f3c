"""The Worker in a deploy: metadata and form of its upload, bindings, routes, triggers, settings."""
