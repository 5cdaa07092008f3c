"""Packs and unpacks what is copied. The unpacked archive comes from a container, so it may be hostile."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from pywrangler.errors import PywranglerError

CONTENT = "."
"""The name under which only the content of a directory is packed."""
PIECE_BYTES = 256 * 1024
PERMISSIONS = 0o777
"""Bits that are kept. Set-user-id and the like are not: the files of another system get no powers here."""


def pack(
    source: Path, name: str | None, target: IO[bytes], *, follow: bool, skip: Callable[[str], None]
) -> None:
    """Write a file or directory as `name` into an archive; None: what is in the directory. `follow` copies
    what `source` links to. `skip` gets paths that no archive can hold.
    """
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT, bufsize=PIECE_BYTES) as archive:
        real = source.resolve() if follow or name is None else source
        _pack(archive, real, name or CONTENT, skip)


def _pack(archive: tarfile.TarFile, path: Path, name: str, skip: Callable[[str], None]) -> None:
    try:
        if path.is_socket():
            skip(str(path))
            return
        entry = archive.gettarinfo(str(path), name)
        if entry.isreg():
            with path.open("rb") as content:
                archive.addfile(entry, content)
            return
        if name != CONTENT:  # the directory itself stays as it is at the destination
            archive.addfile(entry)
        if entry.isdir():
            for each in sorted(path.iterdir()):
                _pack(archive, each, f"{name}/{each.name}", skip)
    except (FileNotFoundError, PermissionError) as error:
        raise PywranglerError(f"`{path}` cannot be read: {(error.strerror or '').lower()}.") from error
    except OSError as error:
        if "end of data" in str(error):
            raise PywranglerError(f"`{path}` became shorter while it was copied.") from error
        raise


def unpack(content: IO[bytes], landing: Path, name: str | None, *, skip: Callable[[str], None]) -> None:
    """Unpack an archive with one entry at its top, with what is below it. The entry becomes `name` in the
    directory `landing`; None: only what is below it is unpacked there.

    Nothing is written through a link of the archive, or outside of `landing`.
    """
    modes: list[tuple[Path, tarfile.TarInfo]] = []
    is_root = False
    """Whether the entry at the top is `/`, as in the archive of a whole container."""
    top: tuple[str, ...] | None = None  # empty, if the entry at the top is `.`
    with _opened(content) as archive:
        for entry in archive:
            is_root = is_root or (top is None and entry.name.strip("/") == "")
            written = entry.name.lstrip("/") if is_root else entry.name
            parts = PurePosixPath(written).parts
            top = parts[:1] if top is None else top
            if written.startswith("/") or ".." in parts or parts[: len(top)] != top:
                raise _hostile(entry.name)
            below = parts[len(top) :]
            path = landing.joinpath(*([name] if name is not None else []), *below)
            if name is None and not below:
                continue
            _check_parents(path, landing, entry.name)
            if entry.islnk():
                target = entry.linkname.lstrip("/") if is_root else entry.linkname
                _link(target, path, landing, name, top)
            elif not _write(archive, entry, path):
                skip(entry.name)
                continue
            if entry.isdir():
                modes.append((path, entry))
    for path, entry in reversed(modes):
        _finish(path, entry)


@contextlib.contextmanager
def _opened(content: IO[bytes]) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=content, mode="r|", bufsize=PIECE_BYTES) as archive:
            yield archive
    except tarfile.TarError as error:
        raise PywranglerError(f"The archive from the engine is broken: {error}.") from error


def _write(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> bool:
    """Make the entry; False for what is not made here, such as a device."""
    if entry.isdir():
        if not path.is_dir() or path.is_symlink():
            if os.path.lexists(path):
                raise PywranglerError(f"`{path}` exists and is not a directory, as in the container.")
            path.mkdir(mode=0o700)
        return True
    if path.is_dir() and not path.is_symlink():
        raise PywranglerError(f"`{path}` is a directory, and would be replaced by something else.")
    if entry.issym():
        _remove(path)
        path.symlink_to(entry.linkname)
    elif entry.isreg():
        _remove(path)
        source = archive.extractfile(entry)
        with path.open("xb") as target:
            if source is not None:
                shutil.copyfileobj(source, target, PIECE_BYTES)
        _finish(path, entry)
    elif entry.isfifo():
        _remove(path)
        os.mkfifo(path)
        _finish(path, entry)
    else:
        return False
    return True


def _link(linked: str, path: Path, landing: Path, name: str | None, top: tuple[str, ...]) -> None:
    parts = PurePosixPath(linked).parts
    if linked.startswith("/") or parts[: len(top)] != top or ".." in parts:
        raise _hostile(linked)
    target = landing.joinpath(*([name] if name is not None else []), *parts[len(top) :])
    _check_parents(target, landing, linked)
    _remove(path)
    os.link(target, path, follow_symlinks=False)


def _check_parents(path: Path, landing: Path, name: str) -> None:
    """Raise for a path that leads through a link below `landing`: only a hostile archive has one."""
    for parent in path.parents:
        if parent == landing:
            return
        if parent.is_symlink():
            raise _hostile(name)


def _finish(path: Path, entry: tarfile.TarInfo) -> None:
    path.chmod(stat.S_IMODE(entry.mode) & PERMISSIONS)
    with contextlib.suppress(OSError, OverflowError):
        os.utime(path, (entry.mtime, entry.mtime))


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()


def _hostile(name: str) -> PywranglerError:
    return PywranglerError(
        f"The archive of the container has the entry `{name}`, which leads out of the destination.",
        code="hostile-archive",
    )
