"""Images of a deploy: built, and put where the target takes them from."""
