"""Finds the application that a command refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.unknown_names import no_application
from pywrangler.errors import UsageError

ApplicationId = Annotated[str, typer.Argument(metavar="ID", help="Id of the application, or its name.")]

UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""Ids as Wrangler (4.164) knows them."""

SHORTEST_PREFIX = 4
"""Fewer characters of an id are more likely a mistyped name."""


def application_id(run: Invocation, id_or_name: str) -> str:
    """The id of the application that the user named.

    A name, or the beginning of an id, is understood on the local platform and on a terminal. A script that
    acts on Cloudflare must give the whole id, as Wrangler (4.164) demands: it then means the same application
    after another took over the name.
    """
    if UUID.fullmatch(id_or_name):
        return id_or_name
    if run.target is Target.CLOUDFLARE and not run.is_interactive:
        raise UsageError(
            f"`{id_or_name}` is not an application's id.",
            hint="`pywrangler containers list` shows the ids; scripts must use them.",
        )
    from pywrangler.cloudflare.containers import list_applications

    applications = {app["name"]: str(app["id"]) for app in list_applications(run.client)}
    if id_or_name in applications:
        return applications[id_or_name]
    if matching := id_beginning_with(id_or_name, applications.values()):
        return matching
    raise no_application(id_or_name, applications)


def is_beginning(text: str, identifier: str) -> bool:
    """Whether `text` can mean the id, because the id begins with it."""
    return len(text) >= SHORTEST_PREFIX and identifier.startswith(text.lower())


def id_beginning_with(text: str, ids: Iterable[str]) -> str | None:
    """The one id that begins with `text`; None if none does, or it is too short to be meant so.

    Raises `UsageError` if several do.
    """
    found = sorted(each for each in ids if is_beginning(text, each))
    if len(found) > 1:
        raise UsageError(
            f"The ids of {len(found)} applications begin with `{text}`.",
            hint=f"Give more of one: {', '.join(f'`{each}`' for each in found)}.",
        )
    return found[0] if found else None
