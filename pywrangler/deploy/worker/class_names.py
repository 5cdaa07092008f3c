"""The former place of a Durable Object class, where it is until the deploy that moves it has run. Pure."""

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


def origins(configuration: Configuration, class_name: str) -> frozenset[tuple[str, str]]:
    """(Worker, class) of everything that the class is, or was: under former names, or in another Worker."""
    names = names_over_time(configuration, class_name)
    taken = [entry for migration in configuration.migrations for entry in migration.transferred_classes]
    came = {(entry["from_script"], entry["from"]) for entry in taken if entry["to"] in names}
    came |= {
        (str(entry["transfer_from"]), name)
        for name, entry in configuration.exports.items()
        if name in names and "transfer_from" in entry
    }
    return frozenset(came | {(configuration.name, name) for name in names})


def declares_classes(configuration: Configuration) -> bool:
    """Whether `exports` declare Durable Object classes: their namespaces come with a deployment."""
    return any(export.get("type") == "durable-object" for export in configuration.exports.values())


def is_awaited(configuration: Configuration, class_name: str) -> bool:
    """Whether `exports` say that another Worker has the class and will give it up."""
    return bool(configuration.exports.get(class_name, {}).get("state") == "expecting-transfer")
