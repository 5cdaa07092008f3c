"""R2: buckets, access keys of S3, and rules of event notifications. Objects live in the runtime of R2."""
