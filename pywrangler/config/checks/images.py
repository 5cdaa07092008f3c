"""Decides what a container's `image` names: a Dockerfile, a directory that holds one, or an image in a
registry.

Wrangler takes whatever exists as a Dockerfile and the rest as a reference that needs a tag; a directory is
our addition.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from pywrangler.config.advice.missing_fields import report_missing
from pywrangler.config.advice.paths import check_link, is_directory, near_file, plain_path
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.discovery import is_file
from pywrangler.config.problems.report import Report
from pywrangler.config.records import DockerfileImage, RegistryImage
from pywrangler.config.schema.containers import CONTAINER
from pywrangler.config.syntax.document import Node
from pywrangler.image_names import HOST, REPOSITORY, TAG

_DIGEST = r"sha256:[0-9a-f]{64}"
"""The only kind that a registry of Cloudflare's takes."""
_REFERENCE = re.compile(rf"(?:{HOST}/)?{REPOSITORY}(?::(?P<tag>{TAG}))?(?:@(?P<digest>{_DIGEST}))?")
_IMAGE_HINT = (
    'Name a Dockerfile ("./Dockerfile"), a directory that holds one, or an image ("docker.io/httpd:2.4").'
)


def read_image(container: Node, directory: Path, report: Report) -> DockerfileImage | RegistryImage | None:
    """The image of this entry of `containers`, with paths taken from `directory`. None when it was reported
    as wrong.
    """
    node = container.get("image") or container.at("configuration", "image")
    if node is None:
        hint = "Add:\n" + snippet(container.document.syntax, {"image": "./Dockerfile"})
        report_missing(
            container,
            CONTAINER,
            "image",
            report,
            code="image-missing",
            message=f'"{container}" has no "image"',
            place=container.place,
            hint=hint,
        )
        return None
    if not isinstance(node.value, str):
        return None  # reported by the schema
    if not node.value.strip() or "\0" in node.value:
        report.error("image-empty", f'"{node}" is empty', node.place, _IMAGE_HINT)
        return None
    path = directory / node.value
    try:
        mode = _mode(path)
    except OSError as error:  # a loop of links, a name too long, a directory that is closed
        report.error("image-unreadable", f'"{node}" cannot be read: {error.strerror}', node.place)
        return None
    names_file = stat.S_ISREG(mode)
    if names_file or (path / "Dockerfile").is_file():
        dockerfile = plain_path(path if names_file else path / "Dockerfile")
        check_link(node, dockerfile, directory, report)
        return _to_build(container, dockerfile, directory, report)
    if stat.S_ISDIR(mode):
        message = f'"{node}" is the directory {plain_path(path)}, which has no Dockerfile'
        report.error("dockerfile-missing", message, node.place, "Add a Dockerfile to it, or name the file.")
        return None
    return _in_registry(node, directory, report)


def _mode(path: Path) -> int:
    """The kind and mode of what `path` leads to, 0 where nothing exists.

    Raises OSError if that is unknown. Not by the methods of `Path`, which hide some errors, and since
    Python 3.14 all.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _to_build(container: Node, dockerfile: Path, directory: Path, report: Report) -> DockerfileImage:
    context = dockerfile.parent
    node = container.get("image_build_context")
    if node and isinstance(node.value, str) and node.value:
        context = plain_path(directory / node.value)
        if not is_directory(context):
            message = f'"{node}" is {context}, which is not a directory'
            report.error("build-context-missing", message, node.place, f"Paths are relative to {directory}.")
        check_link(node, context, directory, report)
    return DockerfileImage(dockerfile, context, _build_vars(container))


def _build_vars(container: Node) -> dict[str, str]:
    """Build arguments as text; numbers as the file has them, booleans in lower case."""
    node = container.get("image_vars")
    values = {name: entry.value for name, entry in node.entries()} if node else {}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()
    }


def _in_registry(node: Node, directory: Path, report: Report) -> RegistryImage | None:
    value: str = node.value
    _, scheme, without_scheme = value.rpartition("://")
    reference = _REFERENCE.fullmatch(value)
    if scheme:
        message = f'"{node}" must not begin with a protocol'
        report.error("image-protocol", message, node.place, f'Write "{without_scheme}".')
    elif _looks_like_path(value) or not reference:
        message = f'"{node}" is neither a file or directory in {directory} nor a reference to an image'
        report.error("dockerfile-missing", message, node.place, _path_hint(value, directory))
    elif not reference["tag"] and not reference["digest"]:
        message = (
            f'"{node}" is not a file or directory, and as a reference to an image it has no tag and no digest'
        )
        report.error(
            "image-without-tag", message, node.place, f'Write "{value}:<tag>", or the path of a Dockerfile.'
        )
    else:
        return RegistryImage(value)
    return None


def _looks_like_path(value: str) -> bool:
    return value.startswith((".", "/", "~")) or "\\" in value or "Dockerfile" in value.rpartition("/")[2]


def _path_hint(value: str, directory: Path) -> str:
    """A file with the same or a similar name, otherwise a name that could be written."""
    name = re.split(r"[/\\]", value)[-1]
    if name and len(name) < len(value) and is_file(directory / name):
        return f'Did you mean "./{name}"?'
    lowered = _REFERENCE.fullmatch(value.lower())
    if lowered and lowered["tag"] and not _looks_like_path(value):
        return f'Names of images are lower-case: "{value.lower()}".'
    near = near_file(directory / value)
    if near:
        written = Path(value).with_name(near)
        prefix = "./" if value.startswith("./") else ""
        return f'Did you mean "{prefix}{written}"?'
    return _IMAGE_HINT
