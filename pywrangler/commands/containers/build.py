"""`pywrangler containers build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.pushing import find_destination, push_to_registry, show_pushed
from pywrangler.commands.context.engines import build_settings, engine_connector
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, PathToDocker
from pywrangler.commands.shared.progress import BuildTasks
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pywrangler.images.records import BuildRequest, BuiltImage

PLATFORM = "linux/amd64"
Directory = Annotated[str, typer.Argument(metavar="PATH", help="The build context, with the Dockerfile.")]
Tag = Annotated[str, typer.Option("--tag", "-t", metavar="NAME:TAG", help="The name to give the image.")]
File = Annotated[
    Path | None,
    typer.Option("--file", "-f", metavar="FILE", help="The Dockerfile; default: PATH/Dockerfile."),
]
Push = Annotated[
    bool,
    typer.Option("--push", "-p", help="Push it to the managed registry afterwards."),
]
BuildArg = Annotated[
    list[str] | None, typer.Option("--build-arg", metavar="KEY=VALUE", help="Set an ARG; may be repeated.")
]
Stage = Annotated[str | None, typer.Option("--target", metavar="STAGE", help="Build up to this stage.")]
Secret = Annotated[
    list[str] | None,
    typer.Option(
        "--secret", metavar="SPEC", help="id=NAME,env=VARIABLE or id=NAME,src=FILE; may be repeated."
    ),
]
CacheFrom = Annotated[
    list[str] | None, typer.Option("--cache-from", metavar="SPEC", help="As in docker build.")
]
CacheTo = Annotated[list[str] | None, typer.Option("--cache-to", metavar="SPEC", help="As in docker build.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Build every step again.")]
Platform = Annotated[str, typer.Option("--platform", hidden=True)]


def build(
    run: Invocation,
    path: Directory,
    tag: Tag,
    file: File = None,
    push: Push = False,
    build_arg: BuildArg = None,
    stage: Stage = None,
    secret: Secret = None,
    cache_from: CacheFrom = None,
    cache_to: CacheTo = None,
    no_cache: NoCache = False,
    platform: Platform = PLATFORM,
    path_to_docker: PathToDocker = None,
    as_json: AsJson = False,
) -> None:
    """Build an image for linux/amd64 with buildx into the Docker Engine, and push it if wanted.

    Example: pywrangler containers build . -t web:v1 --build-arg VERSION=1 --push
    """
    from pywrangler.images.records import BuildRequest
    from pywrangler.images.reference import parse_reference

    run.project.check()
    parse_reference(tag)
    if platform != PLATFORM:
        raise UsageError(f"Images for {platform} cannot run: containers run on {PLATFORM}.")
    request = BuildRequest(
        name=tag,
        dockerfile=_dockerfile(run, path, file),
        context=run.directory / path,
        build_vars=parse_build_args(build_arg or (), run.environment),
        tag=tag,
        target=stage,
        secrets=tuple(secret or ()),
        cache_from=tuple(cache_from or ()),
        cache_to=tuple(cache_to or ()),
        no_cache=no_cache,
    )
    # Before anything is built it is known whether the account may use containers, and the name will do.
    destination = find_destination(run, tag) if push else None
    built = _build(run, request, path_to_docker)
    if destination is not None:
        show_pushed(run, push_to_registry(run, tag, destination), as_json=as_json)
    elif as_json:
        run.console.json({"tag": tag, "image_id": built.image_id, "size_bytes": built.size_bytes})
    else:
        run.console.result(tag)


def parse_build_args(texts: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """`KEY=VALUE` as it is; `KEY` alone takes its value from the environment, as with docker."""
    found = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not key or (not separator and key not in environment):
            raise UsageError(
                f"--build-arg `{text}` has no value.", hint="Write KEY=VALUE, or set the variable."
            )
        found[key] = value if separator else environment[key]
    return found


def _dockerfile(run: Invocation, path: str, file: Path | None) -> Path:
    directory = run.directory / path
    if not path or not directory.is_dir():  # a variable that is not set may result in an empty text
        raise UsageError(
            f"`{path}` is not a directory.", hint="Name the directory to build, and the Dockerfile with -f."
        )
    return run.directory / file if file else directory / "Dockerfile"


def _build(run: Invocation, request: BuildRequest, docker: str | None) -> BuiltImage:
    from pywrangler.images.build import build_all

    settings = build_settings(run, docker)
    engine = engine_connector(run)()
    try:
        with run.console.progress() as progress:
            return build_all([request], engine, settings, BuildTasks(progress))[request.name]
    finally:
        engine.close()
