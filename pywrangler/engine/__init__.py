"""The Docker Engine. `client` is the Docker SDK, for commands; `calls` is asynchronous, for the platform."""
