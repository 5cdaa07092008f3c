"""`pywrangler containers cp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.inside.choice import container_of, local_fleet, one_instance
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import stdin_pieces
from pywrangler.console import is_terminal
from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.inside.copying.copying import Inside
    from pywrangler.inside.copying.plan import CopyOperand

Source = Annotated[str, typer.Argument(metavar="SRC", help="What to copy; `-` reads a tar archive.")]
Destination = Annotated[
    str, typer.Argument(metavar="DST", help="Where to copy it; `-` writes a tar archive.")
]
FollowLink = Annotated[
    bool, typer.Option("--follow-link", "-L", help="Copy what a link leads to, and not the link.")
]
Archive = Annotated[
    bool, typer.Option("--archive", "-a", help="Keep the owners of files that go into the container.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not say what was copied.")]


def cp(
    run: Invocation,
    source: Source,
    destination: Destination,
    follow_link: FollowLink = False,
    archive: Archive = False,
    quiet: Quiet = False,
) -> None:
    """Copy files or directories to or from a running instance, on the local platform, as `docker cp` does.

    One of the two is `APP/INSTANCE:PATH`. A directory is copied with what is in it, `DIR/.` only what is in
    it. A path here that has a colon begins with `./`.

    Example: pywrangler containers cp my-app/alice:/var/log/app.log .
    """
    from pywrangler.inside.copying.plan import check_places, read_place

    places = read_place(source), read_place(destination)
    check_places(*places)
    reference = places[0].reference or places[1].reference or ""
    if places[1].is_stream and is_terminal(run.console.stdout):
        raise UsageError(
            "A tar archive is not written to a terminal.", hint="Send it to a file: `... - > files.tar`."
        )
    fleet = local_fleet(run, "cp")
    instance = one_instance(fleet, reference)
    from pywrangler.inside.copying.copying import Inside
    from pywrangler.inside.engine import engine_session

    label = f"{instance.application}/{instance.label}"
    inside = Inside(engine_session(fleet.engine_of(instance)), container_of(instance), label)
    try:
        said = _copy(run, inside, *places, follow=follow_link, keeps_owner=archive)
    except OSError as error:
        if error.filename is None:
            raise
        reason = (error.strerror or str(error)).lower()
        raise PywranglerError(
            f"`{error.filename}` cannot be written: {reason}.", code="not-written"
        ) from error
    if said and not quiet:
        run.console.success(said)


def _copy(
    run: Invocation,
    inside: Inside,
    source: CopyOperand,
    destination: CopyOperand,
    *,
    follow: bool,
    keeps_owner: bool,
) -> str | None:
    """Copy; returns what to say about it."""
    from pywrangler.inside.copying import copying

    def skip(path: str) -> None:
        run.console.warning(f"`{path}` is left out: it is a socket or a device.")

    if destination.is_stream:
        run.console.flush()
        copying.copy_out_archive(inside, source.path, run.console.stdout.buffer, follow=follow)  # type: ignore[attr-defined]
        return None
    if destination.reference is None:
        target = str(run.directory / destination.path) if destination.path != "." else f"{run.directory}/."
        if destination.path.endswith("/") and not target.endswith("/"):
            target += "/"
        where = copying.copy_out(inside, source.path, target, follow=follow, skip=skip)
        return f"Copied {inside.label}:{source.path} to {where}."
    if source.is_stream:
        stdin = run.console.stdin
        if stdin is None or is_terminal(stdin):
            raise UsageError("Standard input is a terminal.", hint="Send an archive: `tar c DIR | ...`.")
        copying.copy_in_archive(inside, stdin_pieces(run), destination.path, keeps_owner=keeps_owner)
        return f"Copied standard input to {inside.label}:{destination.path}."
    here = f"{run.directory}/{source.path}" if not source.path.startswith("/") else source.path
    copying.copy_in(inside, here, destination.path, follow=follow, keeps_owner=keeps_owner, skip=skip)
    return f"Copied {source.path} to {inside.label}:{destination.path}."
