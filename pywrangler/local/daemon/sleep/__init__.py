"""Idle Workers sleep: their `workerd` ends, and the next need for it starts it again."""
