"""Resources that a deploy to Cloudflare makes because bindings need them: observed, planned, made."""
