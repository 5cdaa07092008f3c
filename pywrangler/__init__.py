"""Deploy Cloudflare Containers from Python: a Wrangler-compatible command line and a local platform."""

__version__ = "0.1.0"
