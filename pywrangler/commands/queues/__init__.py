"""`pywrangler queues`: queues and their consumers."""
