"""A value that can be used but never shows itself: tokens, passwords, secrets."""

from __future__ import annotations

import re
from typing import Generic, TypeVar

T = TypeVar("T", str, bytes)

MASK = "[hidden]"
_USER_INFORMATION = re.compile(r"(?<=://)[^/?#\s@]+@(?=[^\s@])")


def without_credentials(text: str) -> str:
    """`text` whose addresses have no user names, passwords and tokens: `https://[hidden]@example.com`.

    Addresses come from variables, files and other programs, so everything that is said passes through here.
    """
    return _USER_INFORMATION.sub(f"{MASK}@", text) if "@" in text else text


class Sensitive(Generic[T]):
    """Holds a secret so that logs, error messages, `repr` and f-strings show `[hidden]` instead.

    `reveal()` gives the value; call it only where it is put on the wire or handed to a runtime. Equality
    works, pickling, copying into JSON and iteration do not.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: T = value

    def reveal(self) -> T:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("sensitive", self._value))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a sensitive value is not pickled")
