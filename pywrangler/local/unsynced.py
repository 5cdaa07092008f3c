"""Runs a program whose files the platform brings to the disk in its place.

A filter of Linux's seccomp answers `fsync` and `fdatasync` with success, as `systemd-nspawn --suppress-sync`
has it. What the program wrote is safe in the system's cache when it is killed, but not when the power fails.
Elsewhere the program syncs by itself.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Callable
from typing import NamedTuple


class Processor(NamedTuple):
    """Its number for the kernel (linux/audit.h), and those of the two calls."""

    audit: int
    fsync: int
    fdatasync: int


PROCESSORS = {"x86_64": Processor(0xC000003E, 74, 75), "aarch64": Processor(0xC00000B7, 82, 83)}

# linux/prctl.h, linux/seccomp.h and linux/bpf_common.h
_SET_SECCOMP, _SET_NO_NEW_PRIVILEGES, _MODE_FILTER = 22, 38, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_OFFSET, _AUDIT_OFFSET = 0, 4
_ALLOW, _SUCCEED = 0x7FFF0000, 0x00050000


def filter_program(processor: Processor) -> bytes:
    """The filter as the kernel takes it: instructions of 8 bytes."""
    steps = (
        (_LOAD, 0, 0, _AUDIT_OFFSET),
        (_JUMP_IF_EQUAL, 0, 3, processor.audit),
        (_LOAD, 0, 0, _NUMBER_OFFSET),
        (_JUMP_IF_EQUAL, 2, 0, processor.fsync),
        (_JUMP_IF_EQUAL, 1, 0, processor.fdatasync),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _SUCCEED),
    )
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def unsyncing() -> Callable[[], None] | None:
    """What to call in the new process before it runs the program; None where the kernel has no filters."""
    processor = PROCESSORS.get(platform.machine())
    if sys.platform != "linux" or processor is None:
        return None
    text = filter_program(processor)
    steps = ctypes.create_string_buffer(text, len(text))
    program = _Program(len(text) // 8, ctypes.addressof(steps))
    control = ctypes.CDLL(None).prctl
    control.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    address = ctypes.addressof(program)

    def unsync(_kept: object = (steps, program)) -> None:
        # If the kernel refuses, the program is slower, and nothing else.
        control(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        control(_SET_SECCOMP, _MODE_FILTER, address, 0, 0)

    return unsync
