"""Container applications in a deploy: the wanted state of each, the differences, and what to do."""
