"""An image's archive, as an engine saves and loads it, in parts: one for each entry.

The content of a large entry, which is a layer or a configuration, goes by its SHA-256, so layers that images
have in common are stored once. Small ones are in the part itself.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import tarfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO, Any

from pywrangler.errors import PywranglerError
from pywrangler.local.store.shared.images import Part

INLINE_BYTES = 2048
PIECE_BYTES = 1024 * 1024


async def split(archive: Path, scratch: Path, add: Callable[[str, Path], Awaitable[None]]) -> list[Part]:
    """The parts of an archive. `add` gets each large content, by SHA-256, as the file `scratch`."""
    parts: list[Part] = []
    with tarfile.open(archive, "r:") as tar:
        while (member := await asyncio.to_thread(tar.next)) is not None:
            part: dict[str, Any] = {"name": member.name, "mode": member.mode, "type": member.type.decode()}
            if member.issym() or member.islnk():
                part["target"] = member.linkname
            content = tar.extractfile(member) if member.isreg() else None
            if content is not None and member.size <= INLINE_BYTES:
                part["content"] = base64.b64encode(content.read()).decode()
            elif content is not None:
                part["sha256"] = await asyncio.to_thread(_copy, content, scratch)
                part["size"] = member.size
                await add(part["sha256"], scratch)
            parts.append(part)
    return parts


async def assemble(
    parts: Sequence[Part], archive: Path, find: Callable[[str], Awaitable[Path | None]]
) -> None:
    """Write the archive of these parts. `find` gives the file of a large content. Raises
    `PywranglerError`.
    """
    with tarfile.open(archive, "w:", format=tarfile.PAX_FORMAT) as tar:
        for part in parts:
            info = tarfile.TarInfo(part["name"])
            info.mode, info.type = part["mode"], part["type"].encode()
            info.linkname = part.get("target", "")
            if "sha256" in part:
                file = await find(part["sha256"])
                if file is None:
                    raise PywranglerError(
                        f"A layer of the image, {part['sha256']}, is not in the bucket of the cluster.",
                        hint="Deploy the Worker again, from where the image is.",
                    )
                info.size = part["size"]
                with file.open("rb") as stream:
                    await asyncio.to_thread(tar.addfile, info, stream)
            else:
                content = base64.b64decode(part.get("content", ""))
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))


def _copy(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as stream:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
            stream.write(piece)
    return digest.hexdigest()
