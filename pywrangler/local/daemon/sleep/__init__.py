"""Workers that nobody uses sleep: their `workerd` ends, and the next need for it starts it again."""
