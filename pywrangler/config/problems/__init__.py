"""What is wrong with a configuration: the records, where they are collected, and how people read them."""
