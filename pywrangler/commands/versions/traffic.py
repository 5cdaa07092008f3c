"""Which versions get which share of a Worker's requests, from the words of a command line. Pure.

The rules are Wrangler's (4.164, `versions deploy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pywrangler.commands.versions.whole_ids import is_id
from pywrangler.errors import UsageError

EPSILON = 0.001
_SHARE = re.compile(r"-?\d+(\.\d+)?%?")
_HINT = "`pywrangler versions list` shows the versions."


def read_versions(
    specs: Sequence[str], ids: Sequence[str], percentages: Sequence[float]
) -> dict[str, float | None]:
    """Versions by id, or the beginning of it, with their percentages; None where none is said. Raises
    `UsageError`.
    """
    found: list[str] = []
    shares: list[float | None] = []
    for spec in specs:
        identifier, _, share = spec.partition("@")
        found.append(identifier)
        shares.append(_share(share.partition("@")[0], spec))
    for identifier in ids:
        if not is_id(identifier):
            raise UsageError(f"--version-id is `{identifier}`, which is not the id of a version.", hint=_HINT)
        found.append(identifier)
    for percentage in percentages:
        _check(percentage, f"--percentage {percentage:g}")
        shares.append(percentage)
    shares += [None] * (len(found) - len(shares))
    return dict(zip(found, shares, strict=False))


def read_tags(specs: Sequence[str]) -> dict[str, float | None]:
    """The same by tag. A tag may contain `@`: what is behind the last one counts if it is a number."""
    found: dict[str, float | None] = {}
    for spec in specs:
        tag, sign, share = spec.rpartition("@")
        if not sign or (share and not _SHARE.fullmatch(share)):
            tag, share = spec, ""
        if not tag:
            raise UsageError(f"--version-tag is `{spec}`, which names no tag.", hint=_HINT)
        found[tag] = _share(share, spec)
    return found


def find_tagged(
    tags: Mapping[str, float | None], versions: Iterable[Mapping[str, Any]]
) -> dict[str, float | None]:
    """The versions with these tags. Raises `UsageError` for a tag that is not that of exactly one."""
    by_tag: dict[str, list[Mapping[str, Any]]] = {}
    for version in versions:
        tag = (version.get("annotations") or {}).get("workers/tag")
        by_tag.setdefault(str(tag), []).append(version)
    found: dict[str, float | None] = {}
    for tag, percentage in tags.items():
        matches = sorted(by_tag.get(tag, []), key=created_on, reverse=True)
        if not matches:
            raise UsageError(f'No version has the tag "{tag}".', hint=_HINT)
        if len(matches) > 1:
            listed = ", ".join(f"`{version['id']}`" for version in matches)
            raise UsageError(f'Several versions have the tag "{tag}": {listed}.', hint="Give the id of one.")
        found[str(matches[0]["id"])] = percentage
    return found


def share_out(traffic: Mapping[str, float | None]) -> dict[str, float]:
    """Everyone's percentage: those that are not said share the rest. Raises `UsageError`."""
    said = sum(percentage or 0 for percentage in traffic.values())
    unsaid = sum(percentage is None for percentage in traffic.values())
    rest = (100 - said) / unsaid if unsaid and said <= 100 else 0
    shares = {
        name: float(f"{rest:.3f}") if percentage is None else percentage
        for name, percentage in traffic.items()
    }
    total = sum(shares.values())
    if abs(total - 100) > EPSILON * max(1, unsaid):
        raise UsageError(f"The percentages are {total:g} % together, and must be 100 %.")
    return shares


def created_on(entry: Mapping[str, Any]) -> str:
    """When a version was made; the text sorts like the time."""
    return str((entry.get("metadata") or {}).get("created_on", ""))


def _share(text: str, spec: str) -> float | None:
    if not text:
        return None
    try:
        percentage = float(text.removesuffix("%"))
    except ValueError:
        raise UsageError(
            f"`{spec}` has no percentage behind the `@`.", hint="Write it as VERSION@50%."
        ) from None
    _check(percentage, f"`{spec}`")
    return percentage


def _check(percentage: float, what: str) -> None:
    if not 0 <= percentage <= 100:
        raise UsageError(f"{what}: a percentage is from 0 to 100.")
