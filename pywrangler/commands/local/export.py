"""`pywrangler local export` and `pywrangler local import`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.input import read_secret
from pywrangler.errors import PywranglerError, UsageError
from pywrangler.private_files import write_private_pieces

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file with the state.")]
WithoutSecrets = Annotated[
    bool, typer.Option("--without-secrets", help="Leave secrets out; no passphrase is needed then.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Remove the state that exists here.")]
ASKED = "the passphrase"


def export(run: Invocation, file: File, without_secrets: WithoutSecrets = False) -> None:
    """Write the platform's state into one file: Workers, Durable Objects, KV, R2, D1, queues, pushed images.

    Workers wait while their files are copied, so that all data is of one moment. Secrets are sealed with a
    passphrase, which is typed when asked or read from standard input; everything else can be read by whoever
    has the file. Images that deploys built are not in it: deploy again after an import.

    Example: pywrangler local export backup.tar
    """
    from pywrangler.cloudflare import local

    target = run.directory / file
    if not target.parent.is_dir() or (target.exists() and not target.is_file()):
        # A device or a pipe would be replaced by the file.
        what = "is not a regular file" if target.exists() else "is in a directory that does not exist"
        raise UsageError(f"`{file}` {what}.", hint="Name a file to write, in a directory that exists.")
    passphrase = None if without_secrets else read_secret(run, ASKED)
    with started_platform(run) as client:
        size = _write(target, local.export(client, passphrase))
    run.console.success(f"Exported the local platform to {file} ({size / 1e6:.1f} MB).")


def import_(
    run: Invocation, file: File, without_secrets: WithoutSecrets = False, replace: Replace = False
) -> None:
    """Take over the state that `pywrangler local export` wrote, as the state of this platform.

    The platform must not run. The file is checked as a whole before anything changes. The passphrase is typed
    when asked, or read from standard input.

    Example: pywrangler local import backup.tar
    """
    from pywrangler.local.client.importing import import_file

    ask = None if without_secrets else lambda: read_secret(run, ASKED)
    found = import_file(run.environment, run.directory / file, ask, replaces=replace)
    run.console.success(f"Imported the state of {found['created']} (pywrangler {found['version']}).")
    if not found["has_secrets"]:
        run.console.warning("Secrets are not in it. Put the secrets of the Workers again.")


def _write(target: Path, pieces: Iterable[bytes]) -> int:
    """Write a file that only this user can read, whole or not at all; its size."""
    try:
        return write_private_pieces(target, pieces)
    except OSError as error:
        raise PywranglerError(
            f"`{target}` cannot be written: {error.strerror}.",
            hint="Make room there, or name another file.",
            code="not-written",
        ) from error
