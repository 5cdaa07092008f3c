"""Parts of the client with the real programs: the engine, `workerd`, `esbuild`, npm."""
