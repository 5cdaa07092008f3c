"""Programs that a Worker starts in a running container (`ctx.container.exec`)."""
