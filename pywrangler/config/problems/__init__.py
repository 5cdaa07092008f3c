"""What is wrong with a configuration: the records, their collection, and their form for people."""
