"""`pywrangler containers push`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.containers.pushing import find_destination, push_to_registry, show_pushed
from pywrangler.commands.context.engines import build_settings
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, PathToDocker

Tag = Annotated[str, typer.Argument(metavar="TAG", help="Name and tag of the local image.")]


def push(run: Invocation, tag: Tag, path_to_docker: PathToDocker = None, as_json: AsJson = False) -> None:
    """Push an image of the Docker Engine to the managed registry, and print its name with the digest; locally
    to the platform's own registry, where deploys find it under the same name.

    Nothing is written into the Docker CLI's configuration: the credentials are short-lived and go with the
    push.

    Example: pywrangler containers push web:v1 --json
    """
    from pywrangler.images.docker_cli import check_named_docker
    from pywrangler.images.reference import parse_reference

    check_named_docker(build_settings(run, path_to_docker))  # the engine's API pushes, and not the command
    parse_reference(tag)  # before a platform is started
    destination = find_destination(run, tag)
    show_pushed(run, push_to_registry(run, tag, destination), as_json=as_json)
