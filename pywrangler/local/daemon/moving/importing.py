"""Puts an exported state in the place of a platform's own.

First everything is checked and unpacked beside the state. One rename then decides: from there on the import
counts as done, and whoever finds it unfinished completes it, an import or the platform's next start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pywrangler.credentials.platform_key import FILE_NAME as KEY_NAME
from pywrangler.credentials.platform_key import store_key
from pywrangler.errors import PywranglerError, UsageError
from pywrangler.local.cluster.settings import FILE_NAME as CLUSTER_FILE
from pywrangler.local.daemon.cleanup.former import end_former, find_former
from pywrangler.local.daemon.directories import not_writable
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.daemon.moving.parts import BESIDE_DATABASE, DROPPED, EXPORTED
from pywrangler.local.protocol import DATABASE_NAME, LOCK_NAME, PASSPHRASE_MISSING
from pywrangler.local.store import has_state
from pywrangler.local.store.moving.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST,
    STATE,
    ExportManifest,
    damaged,
    parse_manifest,
    schema_of,
)
from pywrangler.local.store.moving.sealing import unseal
from pywrangler.local.workerd.leftovers import end_leftovers
from pywrangler.sensitive import Sensitive

UNFINISHED, READY = "import.unfinished", "import.ready"
SPARE_BYTES = 16 * 2**20
"""Must be free beyond the state, for the start that follows."""


@dataclass(frozen=True)
class ImportWish:
    """What the user wants."""

    file: Path
    passphrase: Sensitive[str] | None
    has_secrets: bool = True
    """Whether the secrets are wanted, too."""
    replaces: bool = False
    """Whether an existing state may be replaced."""


def import_state(home: Path, wish: ImportWish) -> dict[str, object] | None:
    """Replace the state; None while a platform runs here. Raises `PywranglerError`; nothing has changed then.

    `{"created", "version", "has_secrets"}` of the export.
    """
    with _opened(wish.file) as stream:
        manifest, state = _read(stream, str(wish.file))
        key = _open_key(manifest, wish)
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(home, error) from error
        lock = PlatformLock(home / LOCK_NAME)
        if not lock.take():
            return None
        try:
            complete_import(home)
            if (home / CLUSTER_FILE).exists():
                raise PywranglerError(
                    f"The local platform in `{home}` is a node of a cluster, whose state is in a bucket.",
                    hint="Set PYWRANGLER_HOME to another directory.",
                    code="cluster-founding",
                )
            if not wish.replaces and has_state(home):
                raise PywranglerError(
                    f"The local platform in `{home}` has a state already.",
                    hint="Add `--replace` to remove that and take the imported one, or set PYWRANGLER_HOME to"
                    " another directory.",
                    code="platform-not-empty",
                )
            _check_hash(state, manifest, str(wish.file))
            _check_space(home, manifest.size)
            _unpack(state, home, key, manifest, str(wish.file))
            end_former(find_former(home))
            end_leftovers(home)
            complete_import(home)
        finally:
            lock.release()
    return {"created": manifest.created, "version": manifest.version, "has_secrets": key is not None}


def complete_import(home: Path) -> None:
    """Take over what an import has unpacked, and remove what another one left. Call it with the lock held.

    Raises `PywranglerError` if files cannot be moved.
    """
    ready = home / READY
    try:
        _remove(home / UNFINISHED)
        if not ready.is_dir():
            return
        # What is absent there was moved before this was interrupted.
        if (ready / DATABASE_NAME).exists():
            for name in (*BESIDE_DATABASE, DATABASE_NAME):
                _remove(home / name)
            (ready / DATABASE_NAME).rename(home / DATABASE_NAME)
        for name in EXPORTED:
            if (ready / name).exists():
                _remove(home / name)
                (home / name).parent.mkdir(mode=0o700, exist_ok=True)
                (ready / name).rename(home / name)
        if (ready / KEY_NAME).exists():
            (ready / KEY_NAME).replace(home / KEY_NAME)
        for name in DROPPED:
            _remove(home / name)
        _remove(ready)
    except OSError as error:
        raise not_writable(home, error) from error


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise UsageError(
            f"`{file}` cannot be read: {error.strerror}.", hint="Correct the file's path, or its permissions."
        ) from error
    with stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise UsageError(f"`{file}` is not a regular file.", hint="Copy the export into a file.")
        yield stream


def _read(stream: IO[bytes], source: str) -> tuple[ExportManifest, IO[bytes]]:
    """The manifest, and the state as a stream."""
    try:
        archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - the stream is the caller's
        first = archive.next()
        if (
            first is None
            or first.name != MANIFEST
            or not first.isreg()
            or first.size > LARGEST_MANIFEST_BYTES
        ):
            raise damaged(source, "it does not begin with a manifest")
        content = archive.extractfile(first)
        manifest = parse_manifest(content.read() if content else b"", source)
        second = archive.next()
        if second is None or second.name != STATE or not second.isreg() or second.size != manifest.size:
            raise damaged(source, "the state is missing")
        state = archive.extractfile(second)
    except (tarfile.TarError, EOFError) as error:
        raise damaged(source, str(error) or "it ends early") from error
    assert state is not None  # noqa: S101 - it is a regular file
    return manifest, state


def _open_key(manifest: ExportManifest, wish: ImportWish) -> bytes | None:
    if manifest.key is None or not wish.has_secrets:
        return None
    if wish.passphrase is None:
        raise PywranglerError(
            f"The secrets in `{wish.file}` are sealed with a passphrase.",
            hint="Pipe the passphrase into the command, or add `--without-secrets`.",
            code=PASSPHRASE_MISSING,
        )
    try:
        return unseal(manifest.key, wish.passphrase)
    except ValueError as error:
        raise damaged(str(wish.file), "its sealed key is damaged") from error


def _check_hash(state: IO[bytes], manifest: ExportManifest, source: str) -> None:
    try:
        found = hashlib.file_digest(state, "sha256").hexdigest()  # type: ignore[arg-type]
    except (tarfile.TarError, EOFError, OSError) as error:
        raise damaged(source, str(error)) from error
    if found != manifest.sha256:
        raise damaged(source, "the state is not the one that was exported")
    state.seek(0)


def _unpack(state: IO[bytes], home: Path, key: bytes | None, manifest: ExportManifest, source: str) -> None:
    """Unpack beside the state; with the last rename it counts."""
    unfinished = home / UNFINISHED
    try:
        unfinished.mkdir(mode=0o700)
        for name in EXPORTED:
            (unfinished / name).mkdir(mode=0o700, parents=True)
        with tarfile.open(fileobj=state, mode="r:") as archive:
            for member in archive:
                if _is_of_state(member):
                    archive.extract(member, unfinished, filter="data")
        if schema_of(unfinished / DATABASE_NAME) != manifest.schema:
            _remove(unfinished)
            raise damaged(source, "its database is not the one of its manifest")
        if key is not None:
            store_key(unfinished / KEY_NAME, key)
        unfinished.rename(home / READY)
    except OSError as error:
        with contextlib.suppress(OSError):
            _remove(unfinished)
        raise not_writable(home, error) from error
    except tarfile.TarError as error:
        _remove(unfinished)
        raise damaged(source, str(error)) from error


def _check_space(home: Path, size: int) -> None:
    found = os.statvfs(home)
    free = found.f_bavail * found.f_frsize
    if free < size + SPARE_BYTES:
        raise PywranglerError(
            f"The disk of `{home}` is full: {free // 2**20} MiB are free, and the state takes"
            f" {size // 2**20} MiB.",
            hint="Make room there, or set PYWRANGLER_HOME to a directory on another disk.",
            code="disk-full",
        )


def _is_of_state(member: tarfile.TarInfo) -> bool:
    """Whether it is a directory or file of the state, and not one of the platform's own beside it."""
    if not (member.isreg() or member.isdir()):
        return False
    return member.name == DATABASE_NAME or f"{member.name}/".startswith(
        tuple(f"{each}/" for each in EXPORTED)
    )


def _remove(path: Path) -> None:
    """Remove a file or directory, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def wish_of(file: str, text: str) -> ImportWish:
    """The wish in the argument and the standard input of the process."""
    fields = json.loads(text)
    passphrase = fields["passphrase"]
    return ImportWish(
        Path(file),
        None if passphrase is None else Sensitive(passphrase),
        has_secrets=fields["has_secrets"],
        replaces=fields["replaces"],
    )
