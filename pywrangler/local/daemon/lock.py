"""One platform per home folder: locks that the kernel gives back when the process ends, however it ends.

The folder itself is locked, because a lock file can be removed while the platform runs. The file is locked,
too, for the sake of versions that know no other lock, and of file systems (NFS) that lock no folders.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from pywrangler.local.daemon.folders import not_writable

NO_LOCK_ON_FOLDERS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


def _open_file(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
    return os.open(file, os.O_RDONLY | os.O_CLOEXEC)  # what was left on it can still be ended


class PlatformLock:
    """Held for as long as the platform runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptors: list[int] = []

    def take(self) -> bool:
        """Whether this process has it now; False when another one does. Raises `PywranglerError`."""
        try:
            # Not inherited: a workerd that outlives the platform must not hold them.
            self._lock(os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            self._lock(_open_file(self._file))
        except BlockingIOError:
            self.release()
            return False
        except OSError as error:
            self.release()
            raise not_writable(self._file.parent, error) from error
        return True

    def release(self) -> None:
        """Give it back."""
        while self._descriptors:
            with suppress(OSError):
                os.close(self._descriptors.pop())

    def _lock(self, descriptor: int) -> None:
        """Lock what the descriptor has open. Raises `BlockingIOError` where another process has locked it."""
        self._descriptors.append(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno not in NO_LOCK_ON_FOLDERS or descriptor != self._descriptors[0]:
                raise
