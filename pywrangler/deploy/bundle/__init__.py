"""The Worker's code, made ready to upload: build command, esbuild, modules."""
