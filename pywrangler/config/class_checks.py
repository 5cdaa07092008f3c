"""Checks that containers, bindings, migrations and the Worker's own classes fit together.

Rules are Wrangler 4.164.0's, with two that it leaves to the API or to nobody: the class of a container must
have SQLite storage in `migrations` too, and the code must export it.
"""

from __future__ import annotations

import json
import re

from pywrangler.config.classes import Classes, DeclaredClass
from pywrangler.config.document import Node
from pywrangler.config.environments import Section
from pywrangler.config.links import Link, repeated
from pywrangler.config.report import Report
from pywrangler.config.snippets import snippet
from pywrangler.config.spelling import CERTAIN, closest, question, quoted


def check_classes(
    section: Section, links: list[Link], classes: Classes, exported: frozenset[str] | None, report: Report
) -> None:
    """Reports every link that leads nowhere. `exported` are the classes of the Worker's code, where they
    are known.
    """
    if classes.has_migrations and classes.has_exports and (exports := section.get("exports")):
        message = '"migrations" and "exports" are both set; the classes are declared in one of them'
        report.error("migrations-and-exports", message, exports.key_place, "Keep the one you deployed with.")
    for link in links:
        if link.class_name and link.class_node:
            _check_class(section, link.class_name, link.class_node, classes, report)
    _check_migrations(section, report)
    _check_bindings(section, links, classes, report)
    if exported is not None:
        _check_exported(links, classes, exported, report)


def _check_class(
    section: Section, class_name: str, class_node: Node, classes: Classes, report: Report
) -> None:
    declared = classes.declared.get(class_name)
    if class_name in classes.elsewhere and class_name not in classes.bindings and not declared:
        script = classes.elsewhere[class_name].text("script_name")
        message = f'"{class_node}" is "{class_name}", a class of the Worker "{script}" and not of this one'
        report.error("class-of-another-worker", message, class_node.place)
    elif declared is None:
        _report_undeclared(section, class_name, class_node, classes, report)
    elif declared.storage == "key-value":
        _report_not_sqlite(section, class_name, declared, report)
    elif class_name not in classes.bindings:
        message = (
            f'No binding leads to "{class_name}"; the Worker reaches it only as ctx.exports.{class_name}'
        )
        hint = "Add the binding:\n" + snippet(class_node.document.syntax, _binding(class_name))
        report.warning("class-without-binding", message, class_node.place, hint)


def _report_undeclared(
    section: Section, class_name: str, class_node: Node, classes: Classes, report: Report
) -> None:
    """The class is in neither `migrations` nor `exports`: misspelled, without a migration, or no Durable
    Object at all.
    """
    others = [name for name in classes.names if name != class_name]
    syntax = class_node.document.syntax
    is_bound = class_name in classes.bindings
    near = None if is_bound else closest(class_name, others)
    if near:
        message = f'"{class_node}" is "{class_name}", which is no Durable Object class of this Worker'
        certain = near if closest(class_name, others, CERTAIN) else None
        edits = (
            class_node.replace(json.dumps(certain))
            if certain and class_node.steps[-1] == "class_name"
            else ()
        )
        report.error(
            "container-without-durable-object", message, class_node.place, f'Did you mean "{near}"?', edits
        )
    elif classes.has_exports:
        message = f'"exports" declares no class "{class_name}" that is live'
        addition = {"exports": {class_name: {"type": "durable-object", "storage": "sqlite"}}}
        hint = "Add:\n" + snippet(syntax, addition)
        report.error("container-without-durable-object", message, class_node.place, hint)
    elif is_bound:
        message = f'No migration creates the class "{class_name}"'
        hint = "Add:\n" + snippet(syntax, _migration(section, class_name))
        report.error("class-without-migration", message, class_node.place, hint)
    else:
        message = f'The container\'s class "{class_name}" is not a Durable Object of this Worker'
        hint = "Add:\n" + snippet(syntax, _binding(class_name) | _migration(section, class_name))
        report.error("container-without-durable-object", message, class_node.place, hint)


def _report_not_sqlite(section: Section, class_name: str, declared: DeclaredClass, report: Report) -> None:
    node = declared.node
    if node.steps[-1] == class_name or "exports" in node.steps:  # an entry of `exports`
        storage = node.get("storage") or node
        message = f'"{storage}" is "legacy-kv"; the class of a container needs "sqlite"'
        report.error("container-class-not-sqlite", message, storage.place, 'Write "sqlite".')
        return
    message = (
        f'"{class_name}" is created by "new_classes"; the class of a container needs "new_sqlite_classes"'
    )
    names = _node_around(node)
    edits = names.rename("new_sqlite_classes") if names and _may_become_sqlite(section, names) else ()
    change = snippet(node.document.syntax, {"new_sqlite_classes": [class_name]})
    hint = f'Move it from "new_classes" to:\n{change}\nA class once deployed keeps its storage.'
    report.error("container-class-not-sqlite", message, node.place, hint, edits)


def _node_around(node: Node) -> Node | None:
    """The list that this element belongs to."""
    current: Node | None = node.document.root
    for step in node.steps[:-1]:
        if current is None:
            return None
        if isinstance(step, int):
            current = next((element for element in current.elements() if element.steps[-1] == step), None)
        else:
            current = current.get(step)
    return current


def _may_become_sqlite(section: Section, names: Node) -> bool:
    """Whether `new_classes` can simply be renamed: all its classes have containers, and the other list is
    not there.
    """
    wanted = {container.text("class_name") for container in section.children("containers")}
    migration = _node_around(names)
    has_other = migration is not None and migration.get("new_sqlite_classes") is not None
    return (
        names.steps[-1] == "new_classes"
        and not has_other
        and all(e.value in wanted for e in names.elements())
    )


def _check_migrations(section: Section, report: Report) -> None:
    tags = [tag for migration in section.children("migrations") if (tag := migration.get("tag"))]
    for name in repeated(tag.value for tag in tags if isinstance(tag.value, str)):
        *_, last = [tag for tag in tags if tag.value == name]
        message = f'Two migrations have the tag "{name}"; the second never runs'
        report.warning("migration-repeated", message, last.place, "Give it a tag of its own.")


def _check_bindings(section: Section, links: list[Link], classes: Classes, report: Report) -> None:
    with_container = {link.class_name for link in links}
    for class_name, binding in classes.bindings.items():
        if class_name in classes.declared or class_name in with_container:
            continue
        place = binding.document.place(*binding.steps, "class_name")
        addition = _migration(section, class_name)
        message = f'No migration creates the class "{class_name}"'
        if classes.has_exports:
            addition = {"exports": {class_name: {"type": "durable-object", "storage": "sqlite"}}}
            message = f'"exports" declares no class "{class_name}" that is live'
        hint = question(class_name, classes.declared) or "Add:\n" + snippet(binding.document.syntax, addition)
        report.warning("class-without-migration", message, place, hint)


def _check_exported(links: list[Link], classes: Classes, exported: frozenset[str], report: Report) -> None:
    """That the code has every class the configuration names."""
    named: dict[str, Node] = {
        name: binding.get("class_name") or binding for name, binding in classes.bindings.items()
    }
    named |= {link.class_name: link.class_node for link in links if link.class_name and link.class_node}
    for class_name, node in named.items():
        if class_name not in exported:
            message = f'The Worker exports no class "{class_name}"'
            found = f"It exports {quoted(sorted(exported))}." if exported else "It exports no class."
            hint = question(class_name, exported) or f"{found} Export it: export class {class_name} ..."
            report.error("class-not-exported", message, node.place, hint)


def _binding(class_name: str) -> dict[str, object]:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).upper()
    return {"durable_objects": {"bindings": [{"name": words, "class_name": class_name}]}}


def _migration(section: Section, class_name: str) -> dict[str, object]:
    """A further migration, with the next free tag."""
    tags = {migration.text("tag") for migration in section.children("migrations")}
    number = next(number for number in range(1, len(tags) + 2) if f"v{number}" not in tags)
    return {"migrations": [{"tag": f"v{number}", "new_sqlite_classes": [class_name]}]}
