"""One platform per home directory: locks that the kernel releases when the process ends, however it ends.

The directory itself is locked, because a lock file can be removed while the platform runs. The file is
locked, too: for older versions that know only this lock, and for file systems (NFS) that cannot lock
directories.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from pywrangler.local.daemon.directories import not_writable

NO_LOCK_ON_DIRECTORIES = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


def _open_file(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
    return os.open(file, os.O_RDONLY | os.O_CLOEXEC)  # leftovers of a platform on it can still be ended


class PlatformLock:
    """The lock, held as long as the platform runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptors: list[int] = []

    def take(self) -> bool:
        """Take it. False if another process has it. Raises `PywranglerError`."""
        try:
            # The descriptors are not inherited, because a workerd that outlives the platform must not hold
            # the lock.
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
        """Release it."""
        while self._descriptors:
            with suppress(OSError):
                os.close(self._descriptors.pop())

    def _lock(self, descriptor: int) -> None:
        """Lock the open file. Raises `BlockingIOError` if another process has locked it."""
        self._descriptors.append(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno not in NO_LOCK_ON_DIRECTORIES or descriptor != self._descriptors[0]:
                raise
