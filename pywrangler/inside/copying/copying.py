"""Copies between this machine and a container, through the engine's archives."""

from __future__ import annotations

import base64
import json
import posixpath
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from pywrangler.dataclass import dataclass
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.session import PIECE_BYTES, EngineSession
from pywrangler.errors import PywranglerError
from pywrangler.inside.copying.archives import pack, unpack
from pywrangler.inside.copying.plan import End, PathKind, not_found, plan_landing

STAT_HEADER = "X-Docker-Container-Path-Stat"
GO_DIRECTORY, GO_LINK = 1 << 31, 1 << 27
"""Bits of a mode in the engine's JSON (Go 1.22, io/fs)."""


@dataclass(frozen=True)
class PathFacts:
    """What the engine says of a path in a container."""

    name: str
    kind: PathKind
    size_bytes: int
    link_target: str | None = None


@dataclass(frozen=True)
class Inside:
    """One container's files."""

    engine: EngineSession
    container: str
    label: str
    """What names the container in errors: `APP/INSTANCE`."""

    def look(self, path: str) -> PathFacts | None:
        """What is at a path; None if it does not exist."""
        try:
            with self.engine.open("HEAD", self._target, query={"path": path}) as response:
                header = response.getheader(STAT_HEADER, "")
        except EngineRefusedError as error:
            if error.status == 404:
                return None
            plain = posixpath.normpath(path)
            if error.status < 500 or plain == path:
                raise
            return self.look(plain)  # the engine (26.1) fails for a file with a slash at its end
        found = json.loads(base64.b64decode(header))
        is_link = bool(found["mode"] & GO_LINK)
        kind = PathKind.DIRECTORY if found["mode"] & GO_DIRECTORY else PathKind.FILE
        return PathFacts(found["name"], kind, found["size"], found["linkTarget"] if is_link else None)

    def follow(self, path: str) -> tuple[str, PathFacts | None]:
        """The path, or what it links to, with what is there."""
        found = self.look(path)
        if found is None or not found.link_target:
            return path, found
        target = posixpath.join(posixpath.dirname(posixpath.normpath(path)), found.link_target)
        return target, self.look(target)

    def name_of(self, path: str) -> str:
        """The path as errors name it."""
        return f"`{self.label}:{path}`"

    @property
    def _target(self) -> str:
        return f"/containers/{self.container}/archive"

    def read_archive(self, path: str, use: Callable[[IO[bytes]], None]) -> None:
        """Let `use` read the archive of what is at a path."""
        with self.engine.open("GET", self._target, query={"path": path}) as response:
            use(response)

    def write_archive(self, directory: str, fill: Callable[[IO[bytes]], None], *, keeps_owner: bool) -> None:
        """Unpack into a directory what `fill` writes."""
        query = {"path": directory, "noOverwriteDirNonDir": "true"}
        if keeps_owner:
            query["copyUIDGID"] = "true"
        with self.engine.upload(self._target, query=query) as body:
            fill(body)  # type: ignore[arg-type]


def absolute(path: str) -> str:
    """A path in a container: relative ones begin at its root, as for `docker cp`."""
    return path if path.startswith("/") else f"/{path}"


def copy_out(
    inside: Inside, path: str, destination: str, *, follow: bool, skip: Callable[[str], None]
) -> Path:
    """Copy from the container to a path here; returns where it is now."""
    wanted = absolute(path)
    names_directory = path.endswith(("/", "/."))
    source, facts = inside.follow(wanted) if follow or names_directory else (wanted, inside.look(wanted))
    if facts is None:
        raise not_found(inside.name_of(path))
    if Path(destination).is_symlink():
        destination = str(Path(destination).resolve())
    landing = plan_landing(End(wanted, facts.kind, inside.name_of(path)), local_end(destination))
    directory = Path(landing.directory)
    inside.read_archive(source, lambda content: unpack(content, directory, landing.name, skip=skip))
    return directory / landing.name if landing.name is not None else directory


def copy_in(
    inside: Inside,
    source: str,
    path: str,
    *,
    follow: bool,
    keeps_owner: bool,
    skip: Callable[[str], None],
) -> None:
    """Copy a file or directory from here into the container."""
    here = local_end(source, follow=follow)
    names_directory = source.endswith(("/", "/."))
    target, facts = inside.follow(absolute(path))
    has_parent = facts is not None or inside.look(posixpath.dirname(posixpath.normpath(target))) is not None
    kind = facts.kind if facts else PathKind.NOTHING
    landing = plan_landing(here, End(target, kind, inside.name_of(path), has_parent))
    inside.write_archive(
        landing.directory,
        lambda body: pack(Path(source), landing.name, body, follow=follow or names_directory, skip=skip),
        keeps_owner=keeps_owner,
    )


def copy_out_archive(inside: Inside, path: str, target: IO[bytes], *, follow: bool) -> None:
    """Write an archive of what is at a path to a stream."""
    source, facts = inside.follow(absolute(path)) if follow else (absolute(path), inside.look(absolute(path)))
    if facts is None:
        raise not_found(inside.name_of(path))
    inside.read_archive(source, lambda content: shutil.copyfileobj(content, target, PIECE_BYTES))


def copy_in_archive(inside: Inside, pieces: Iterable[bytes], path: str, *, keeps_owner: bool) -> None:
    """Unpack an archive, which comes in pieces, into a directory of the container."""
    target, facts = inside.follow(absolute(path))
    if facts is None:
        raise not_found(inside.name_of(path))
    if facts.kind is not PathKind.DIRECTORY:
        raise PywranglerError(
            f"{inside.name_of(path)} is not a directory.", hint="An archive is unpacked into a directory."
        )

    def fill(body: IO[bytes]) -> None:
        for piece in pieces:
            body.write(piece)

    try:
        inside.write_archive(target, fill, keeps_owner=keeps_owner)
    except EngineRefusedError as error:
        raise PywranglerError(
            f"The archive of standard input could not be unpacked: {error.message.rstrip('.')}.",
            hint="It must be a tar archive, plain or compressed.",
            code="bad-archive",
        ) from error


def local_end(path: str, *, follow: bool = True) -> End:
    """What is at a path of this machine."""
    try:
        found = Path(path).stat() if follow or path.endswith(("/", "/.")) else Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        kind = PathKind.NOTHING
    except OSError as error:
        raise PywranglerError(f"`{path}` cannot be read: {(error.strerror or '').lower()}.") from error
    else:
        kind = PathKind.DIRECTORY if stat.S_ISDIR(found.st_mode) else PathKind.FILE
    parent = posixpath.dirname(posixpath.normpath(path)) or "."
    return End(path, kind, f"`{path}`", Path(parent).is_dir())
