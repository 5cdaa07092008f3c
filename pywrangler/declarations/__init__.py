"""TypeScript declarations of a Worker's environment, and of the runtime: what `pywrangler types` writes."""
