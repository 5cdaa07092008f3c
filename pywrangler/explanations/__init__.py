"""What each error code means and what to do about it: the one table that the pages of errors are made from.

The table is text, a file for each topic in `texts`. `tests/unit/explanations` compares it with the code:
every code that can be printed is in it, and every example is a message that can be printed.
"""
