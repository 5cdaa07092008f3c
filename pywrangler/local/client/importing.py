"""Imports an exported state into the directory of a platform that does not run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.client.finding import platform_of
from pywrangler.local.client.once import run_once
from pywrangler.local.protocol import IMPORT_ARGUMENT, PASSPHRASE_MISSING, home_directory
from pywrangler.sensitive import Sensitive

IMPORT_TIMEOUT_SECONDS = 1800.0


def import_file(
    environment: Mapping[str, str],
    file: Path,
    ask: Callable[[], Sensitive[str]] | None,
    *,
    replaces: bool,
) -> dict[str, Any]:
    """Import it: `{"created", "version", "has_secrets"}` of the export. `ask` gives the passphrase if one is
    needed; None leaves the secrets out. Raises `PywranglerError`.
    """
    if platform_of(home_directory(environment)):
        raise _running()
    try:
        return _import(environment, file, None, has_secrets=ask is not None, replaces=replaces)
    except PywranglerError as error:
        if error.code != PASSPHRASE_MISSING or ask is None:
            raise
    return _import(environment, file, ask(), has_secrets=True, replaces=replaces)


def _import(
    environment: Mapping[str, str],
    file: Path,
    passphrase: Sensitive[str] | None,
    *,
    has_secrets: bool,
    replaces: bool,
) -> dict[str, Any]:
    wish = {
        "passphrase": passphrase.reveal() if passphrase else None,
        "has_secrets": has_secrets,
        "replaces": replaces,
    }
    late = PywranglerError(
        f"The import took more than {IMPORT_TIMEOUT_SECONDS:.0f} s.",
        hint="Repeat the command: a half import is removed, or completed, by itself.",
        code="import-failed",
    )
    found = run_once(
        environment,
        IMPORT_ARGUMENT,
        str(file),
        timeout_seconds=IMPORT_TIMEOUT_SECONDS,
        late=late,
        failure="The file could not be imported",
        stdin=json.dumps(wish),
    )
    if found is None:
        raise _running()
    return found


def _running() -> PywranglerError:
    return PywranglerError(
        "The local platform runs, so its state cannot be replaced.",
        hint="Stop it with `pywrangler local stop`, then import again.",
        code="platform-running",
    )
