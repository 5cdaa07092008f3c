"""R2: buckets and objects."""
