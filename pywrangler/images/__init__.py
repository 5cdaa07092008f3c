"""Container images: what a build reads, built, named, pushed."""
