"""Addresses of single versions at Cloudflare, as Wrangler (4.164) has them: preview URLs and aliases."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pywrangler.cloudflare.client import Client

ALIAS = "workers/alias"
"""The annotation that gives a version an alias."""
LONGEST_LABEL = 63
"""Characters in one label of a host name, which holds the alias, a hyphen and the Worker's name."""
HASH_CHARACTERS = 4
GENERATE = "WRANGLER_CI_GENERATE_PREVIEW_ALIAS"
BRANCH = "WORKERS_CI_BRANCH"
_FORM = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)


def settle_alias(run: Invocation, given: str | None, worker: str) -> str | None:
    """The alias for a new version: the option's, or one from the branch where CI asks for one. Raises
    `UsageError` for one that no host name can have.
    """
    if given is not None:
        _check(run, given, worker)
        return given
    if run.environment.get(GENERATE) != "true" or run.target is Target.LOCAL:
        return None
    branch = run.environment.get(BRANCH) or _git_branch(run.directory)
    made = alias_of_branch(branch, worker) if branch else None
    if made is None:
        run.console.warning("No preview alias could be made of the branch's name.")
    return made


def alias_of_branch(branch: str, worker: str) -> str | None:
    """The alias for a branch; None if its name gives none."""
    text = re.sub(r"-+", "-", re.sub(r"[^a-zA-Z0-9-]", "-", branch)).strip("-").lower()
    room = LONGEST_LABEL - len(worker) - 1
    if not _FORM.fullmatch(text):
        return None
    if len(text) <= room:
        return text
    suffix = f"-{hashlib.sha256(branch.encode()).hexdigest()[:HASH_CHARACTERS]}"
    if room - len(suffix) < 1:
        return None
    return text[: room - len(suffix)] + suffix


def preview_urls(
    client: Client, worker: str, version: Mapping[str, Any], alias: str | None
) -> dict[str, str]:
    """The addresses of a version: `preview_url`, and `preview_alias_url` with an alias. Nothing if it has
    none.
    """
    if not (version.get("metadata") or {}).get("has_preview"):
        return {}
    from pywrangler.cloudflare.scripts.versions import preview_suffix

    suffix = preview_suffix(client, worker)
    if suffix is None:
        return {}
    urls = {"preview_url": f"https://{str(version['id'])[:8]}{suffix}"}
    return urls | ({"preview_alias_url": f"https://{alias}{suffix}"} if alias else {})


def _check(run: Invocation, alias: str, worker: str) -> None:
    if run.target is Target.LOCAL:
        raise UsageError(
            "The local platform has no addresses for single versions, and --preview-alias names one.",
            hint="Omit it. `pywrangler versions deploy VERSION@100%` lets the version serve.",
        )
    if not _FORM.fullmatch(alias):
        raise UsageError(
            f"--preview-alias is `{alias}`, which cannot begin a host name.",
            hint="Use letters, digits and hyphens; begin with a letter, and do not end with a hyphen.",
        )
    if len(alias) + 1 + len(worker) > LONGEST_LABEL:
        room = LONGEST_LABEL - 1 - len(worker)
        raise UsageError(
            f"--preview-alias has {len(alias)} characters, and beside the name {worker} there is room for"
            f" {room}.",
            hint="Give a shorter alias.",
        )


def _git_branch(directory: Path) -> str | None:
    from pywrangler.deploy.previews.names import git

    branch = git(directory, "rev-parse", "--abbrev-ref", "HEAD")
    return None if branch == "HEAD" else branch
