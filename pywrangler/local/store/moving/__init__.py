"""What `pywrangler local export` writes: a file with the state of a platform."""
