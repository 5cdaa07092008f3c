"""Compares what a start passes to a container between versions of a Worker. Pure.

A running container keeps the environment variables and the entrypoint of its start, here as on Cloudflare. So
a deploy reports if the new version's class passes others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pywrangler.local.instances.records import Instance

SHOWN_NAMES = 10
SHOWN_DIGITS = 12
"""Of the id of a Durable Object whose name is not known: commands take the beginning of one."""
WORDS = {"variables": "environment variables", "entrypoint": "entrypoint"}
"""The compared fields of an instance, and their names for users."""


@dataclass(frozen=True)
class Outdated:
    """Running instances whose start differs from what their class passes now."""

    instances: tuple[Instance, ...] = ()
    fields: frozenset[str] = field(default_factory=frozenset)
    """The fields that differ; empty if they cannot be compared."""

    def describe(self, application: str) -> str | None:
        """What to say about the instances, with the way to restart them; None without instances."""
        if not self.instances:
            return None
        is_one, count = len(self.instances) == 1, len(self.instances)
        subject = f"{count} running instance{'' if is_one else 's'} of `{application}`"
        pronoun, ending = ("it was", "s") if is_one else ("they were", "")
        names = " and ".join(words for name, words in WORDS.items() if name in self.fields)
        what = f"the {names} that {pronoun} started with" if names else f"what {pronoun} started with"
        again = "it starts" if is_one else "they start"
        sentence = f"{subject} keep{ending} {what}, until {again} again"
        labels = sorted(
            each.durable_object_name or each.durable_object_id[:SHOWN_DIGITS] for each in self.instances
        )
        shown = ", ".join(f"`{label}`" for label in labels[:SHOWN_NAMES])
        more = f" and {count - SHOWN_NAMES} more" if count > SHOWN_NAMES else ""
        command = f"{application}/{labels[0]}" if is_one else f"{application} --all"
        restart = f"Restart {'it' if is_one else 'them'}: `pywrangler containers restart {command}`."
        return f"{sentence}. {'It is' if is_one else 'They are'} {shown}{more}. {restart}"


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


def is_usual_start(instance: Instance, others: Iterable[Instance]) -> bool:
    """Whether the instance was started with what its class itself passes, and not with options that code
    passes for this object only.

    It is so if a start by the platform, for this or an earlier version, passed the same. `others` are the
    application's instances.
    """
    if instance.is_platform_start:
        return True
    options = (instance.variables, instance.entrypoint, instance.egress)
    starts = [(each.variables, each.entrypoint, each.egress) for each in others if each.is_platform_start]
    return instance.variables is not None and options in starts
