"""The command line: one file per command; `running` runs them, `context` is what a run knows."""
