"""Former names of a Durable Object class: by them it is found where the new name has not arrived. Pure."""

from __future__ import annotations

from pywrangler.config.records import Configuration


def names_over_time(configuration: Configuration, class_name: str) -> frozenset[str]:
    """The class's name and its former ones, as the configuration's `migrations` or `exports` rename it."""
    renames = [pair for migration in configuration.migrations for pair in migration.renamed_classes]
    renames += [
        (name, str(entry["renamed_to"]))
        for name, entry in configuration.exports.items()
        if "renamed_to" in entry
    ]
    names: set[str] = set()
    waiting = [class_name]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += [old for old, new in renames if new == name]
    return frozenset(names)
