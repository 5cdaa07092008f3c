"""Starting one instance of a class for a deploy, and judging what happened."""
