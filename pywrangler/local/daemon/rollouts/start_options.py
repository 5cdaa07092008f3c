"""Compares what a start passes to a container between versions of a Worker. Pure.

A running container keeps the environment variables and the entrypoint of its start, here as on Cloudflare. So
a deploy reports if the new version's class passes others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pywrangler.local.instances.records import Instance

WORDS = {"variables": "environment variables", "entrypoint": "entrypoint"}
"""The compared fields of an instance, and their names for users."""


@dataclass(frozen=True)
class Outdated:
    """Running instances whose start differs from what their class passes now."""

    instances: tuple[Instance, ...] = ()
    fields: frozenset[str] = field(default_factory=frozenset)
    """The fields that differ; empty if they cannot be compared."""

    def describe(self, application: str) -> str | None:
        """A sentence about the instances; None without instances."""
        if not self.instances:
            return None
        is_one, count = len(self.instances) == 1, len(self.instances)
        subject = f"{count} running instance{'' if is_one else 's'} of `{application}`"
        pronoun, ending = ("it was", "s") if is_one else ("they were", "")
        names = " and ".join(words for name, words in WORDS.items() if name in self.fields)
        what = f"the {names} that {pronoun} started with" if names else f"what {pronoun} started with"
        again = "it starts" if is_one else "they start"
        ends = " `stop()`, `destroy()` or `sleepAfter` ends them." if names else ""
        return f"{subject} keep{ending} {what}, until {again} again.{ends}"


def plan_outdated(
    running: Iterable[Instance], usual: Instance | None, asked: Instance, former: Outdated
) -> Outdated:
    """The instances to which a start would now pass other options, judged by what it passed to `asked`.

    A class may pass different options to each of its objects. So options that have not changed since the
    class's `usual` start are not compared, except for instances that are outdated since a `former` version.
    """
    known = {each.id for each in former.instances}
    now, before = ({name: getattr(each, name, None) for name in WORDS} for each in (asked, usual))
    changed = {name for name in WORDS if now[name] != before[name]}
    found, fields = [], set()
    for each in running:
        compared = changed | former.fields if each.id in known else changed
        differing = {name for name in compared if now[name] and getattr(each, name) not in (None, now[name])}
        if differing and not each.is_canary:
            found.append(each)
            fields |= differing
    return Outdated(tuple(found), frozenset(fields))
