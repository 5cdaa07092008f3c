"""Faults made on purpose: a table of rows (`table`), one harness (`harness.py`), real parts.

Each row says what runs, what breaks, when, and what must hold afterwards. After every fault the same three
questions are asked: does the same command complete now, is every answered write still there, and is nothing
left. `make faults` runs all rows with a Docker Engine of their own (`own_engine.py`); without it, pytest runs
the quick rows.
"""
