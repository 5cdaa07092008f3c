"""Start one instance of a class for a deploy, and judge the result."""
