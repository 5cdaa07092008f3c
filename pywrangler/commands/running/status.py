"""The exit status of another program, which a command ends with."""

from __future__ import annotations


class ProgramStatus(int):
    """The exit status of a program that the command ran for the user. 130 then does not mean that the user
    interrupted the command.
    """

    __slots__ = ()
