"""The parts that a deployed Worker was made of, from its configuration and its bundle."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.commands.dev.inputs import Kind, Tree, WorkerPart

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration, Container, DockerfileImage

PACKAGES = ("**/node_modules", "**/.*", "**/__pycache__")
"""What a search for the Worker's own code leaves out."""
SETTINGS = ("package.json", "tsconfig.json", "jsconfig.json")
"""Files that decide what an import means; esbuild does not name them among its inputs."""
DEFAULT_WATCH = "./src"
"""Where `build.command` reads, if `build.watch_dir` does not say: Wrangler's default (4.164)."""


def configuration_part(
    file: Path,
    others: Iterable[Path],
    environment: str | None,
    env_files: Iterable[Path],
    *,
    has_failed: bool,
) -> WorkerPart:
    """The configuration, with the files of variables beside it. `others` lead to it. Where its reading has
    failed, any file of the project may mend it: it may name one that is missing.
    """
    names = [".dev.vars", ".env", ".env.local"]
    if environment:
        names += [f".dev.vars.{environment}", f".env.{environment}", f".env.{environment}.local"]
    beside = {file.parent / name for name in names}
    files = frozenset({file, *others, *beside, *env_files})
    trees = (Tree(file.parent, PACKAGES),) if has_failed else ()
    return WorkerPart(Kind.CONFIGURATION, files=files, trees=trees)


def code_part(configuration: Configuration, inputs: Iterable[Path], *, has_failed: bool) -> WorkerPart:
    """The code. `inputs` are the files that its newest bundle was made of; where it `has_failed` since then,
    any file of the project may mend it.
    """
    main, root = configuration.main or configuration.root / "wrangler.jsonc", configuration.root
    places = {root, *(parent for parent in main.parents if parent.is_relative_to(root))}
    settings = {place / name for place in places for name in SETTINGS}
    if configuration.tsconfig is not None:
        settings.add(configuration.tsconfig)
    trees = []
    if has_failed:
        trees.append(Tree(root, PACKAGES))
        if not main.is_relative_to(root):
            trees.append(Tree(main.parent, PACKAGES))
        settings |= {place / "node_modules" for place in places}
    if configuration.find_additional_modules:
        trees.append(Tree(configuration.base_dir or main.parent, ("**/.git", "**/.wrangler")))
    return WorkerPart(Kind.CODE, files=frozenset({main, *inputs, *settings}), trees=tuple(trees))


def build_part(configuration: Configuration, directory: Path) -> WorkerPart | None:
    """What the command that makes the Worker's files reads, if there is one."""
    if configuration.build is None:
        return None
    watched = configuration.build.watch or (DEFAULT_WATCH,)
    return WorkerPart(Kind.BUILD, trees=tuple(Tree(_clean(directory / place), PACKAGES) for place in watched))


def assets_part(configuration: Configuration) -> WorkerPart | None:
    """The static files, if there are any."""
    if configuration.assets is None:
        return None
    return WorkerPart(Kind.ASSETS, trees=(Tree(configuration.assets.directory),))


def image_part(container: Container, image: DockerfileImage) -> WorkerPart:
    """What the image of a container is built from."""
    from pywrangler.images.dockerfile import context_paths, parse_dockerfile
    from pywrangler.images.ignore_file import NAME, find_ignore_rules
    from pywrangler.images.patterns import UnclearError, read_ignore_file

    files = {
        image.dockerfile,
        image.dockerfile.with_name(f"{image.dockerfile.name}{NAME}"),
        image.context / NAME,
    }
    try:
        texts = find_ignore_rules(image.dockerfile, image.context).texts
        lines = tuple(read_ignore_file(texts[0])) if texts else ()
    except (UnclearError, OSError):
        lines = ()
    try:
        read = context_paths(parse_dockerfile(image.dockerfile.read_bytes()))
    except (UnclearError, OSError):
        read = None
    if read is not None:
        lines = ("*", *(f"!{path}" for path in read), *lines)
    return WorkerPart(
        Kind.IMAGE, container.name, frozenset(files), (Tree(image.context, lines, reads_contents=True),)
    )


def _clean(path: Path) -> Path:
    import os

    return Path(os.path.normpath(path))
