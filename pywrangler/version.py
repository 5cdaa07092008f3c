"""The version that `--version`, the platform's status and the user agent name, and whether the program's
files are still those of a process.
"""

from __future__ import annotations

VERSION = "0.1.0"

CODE_SUFFIXES = (".py", ".js", ".sql", ".json")
"""Files of the program. Compiled ones come and go."""


def files_state(directory: str | None = None) -> str:
    """A text that changes when the program's files do (their names, sizes or times); it takes a few
    milliseconds.
    """
    import hashlib
    import os

    found = hashlib.sha256()
    for path, directories, names in os.walk(directory or os.path.dirname(__file__)):  # noqa: PTH120 - late imports
        directories[:] = sorted(name for name in directories if name != "__pycache__")
        for name in sorted(names):
            if name.endswith(CODE_SUFFIXES):
                file = os.path.join(path, name)  # noqa: PTH118
                try:
                    stat = os.stat(file)  # noqa: PTH116
                except OSError:
                    continue
                found.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="replace"))
    return found.hexdigest()
