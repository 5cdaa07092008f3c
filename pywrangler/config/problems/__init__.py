"""The problems of a configuration: the records, their collection, and their form for people."""
