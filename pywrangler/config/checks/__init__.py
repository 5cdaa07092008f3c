"""Rules about fields and values, beyond what the schema says. Each reports problems; none stops."""
