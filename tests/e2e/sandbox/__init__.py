"""The public client `@cloudflare/sandbox` against the local platform."""
