"""Checks that containers, bindings, migrations and the Worker's own classes fit together.

Rules are Wrangler 4.164.0's, with two that Wrangler leaves to the API or does not check: the class of a
container must have SQLite storage in `migrations` too, and the code must export it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pywrangler.config.advice.additions import binding_for, export_for, free_tag, migration_for
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.advice.unknown_fields import explain, find_mention
from pywrangler.config.checks.validation import is_sound
from pywrangler.config.classes.container_classes import Link
from pywrangler.config.classes.declarations import Classes
from pywrangler.config.classes.migrations import DeclaredClass, read_history
from pywrangler.config.classes.mixed_names import report_mixed_names
from pywrangler.config.environments import Section
from pywrangler.config.problems.records import Severity
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ROOT
from pywrangler.config.syntax.document import Node, quoted_text
from pywrangler.spelling import certain, closest, question, quoted


def check_classes(
    section: Section, links: list[Link], classes: Classes, exported: frozenset[str] | None, report: Report
) -> None:
    """Reports every broken link. `exported` are the classes of the Worker's code, where they
    are known.
    """
    if classes.has_migrations and classes.has_exports and (exports := section.get("exports")):
        message = '"migrations" and "exports" are both set; declare the classes in one of them'
        report.error("migrations-and-exports", message, exports.key_place, "Keep the one you deployed with.")
    told = report_mixed_names(classes, report)
    for link in links:
        if link.class_name and link.class_node and link.class_name not in told:
            _check_class(section, link.class_name, link.class_node, classes, report)
    _check_migrations(section, report)
    _check_bindings(section, {*told, *(link.class_name or "" for link in links)}, classes, report)
    if exported is not None:
        _check_exported(links, classes, exported, report)


def _check_class(
    section: Section, class_name: str, class_node: Node, classes: Classes, report: Report
) -> None:
    declared = classes.declared.get(class_name)
    if class_name in classes.elsewhere and class_name not in classes.bindings:
        script = classes.elsewhere[class_name].text("script_name")
        message = f'"{class_node}" is "{class_name}", a class of the Worker "{script}" and not of this one'
        binding = classes.elsewhere[class_name]
        hint = f'Remove "script_name" from "{binding}", or give the container to a class of this Worker.'
        report.error("class-of-another-worker", message, class_node.place, hint)
    elif declared is None:
        _report_undeclared(section, class_name, class_node, classes, report)
    elif declared.storage == "key-value":
        _report_not_sqlite(section, class_name, declared, report)
    elif class_name not in classes.bindings and not _is_by_exports(declared):
        _report_unbound(section, class_name, class_node, report)


def _is_by_exports(declared: DeclaredClass) -> bool:
    """Whether `exports` declares the class: Workers that are written so reach it by `ctx.exports`."""
    return declared.node.steps[-2:-1] == ("exports",)


def _report_unbound(section: Section, class_name: str, class_node: Node, report: Report) -> None:
    if not is_sound(section, "durable_objects") or _are_not_repeated(section):
        return
    if _report_mention(section, class_name, "no binding leads to the class", report, "warning"):
        return
    message = f'No binding leads to "{class_name}"; the Worker reaches it only as ctx.exports.{class_name}'
    hint = binding_for(section, class_name).hint
    report.warning("class-without-binding", message, class_node.place, hint)


def _report_undeclared(
    section: Section, class_name: str, class_node: Node, classes: Classes, report: Report
) -> None:
    """The class is neither in `migrations` nor in `exports`: misspelled, without a migration, or no
    Durable Object.
    """
    if not _are_declarations_sound(section):
        return
    place = class_node.place
    is_bound = class_name in classes.bindings
    if not is_bound and not is_sound(section, "durable_objects"):
        return
    consequence = "no migration creates the class" if is_bound else "nothing declares the class"
    if _report_mention(section, class_name, consequence, report, "error"):
        return
    if went := classes.gone.get(class_name):
        _report_gone(class_name, class_node, *went, report)
        return
    others = [name for name in classes.names if name != class_name]
    if not is_bound and (near := closest(class_name, others)):
        message = f'"{class_node}" is "{class_name}", which is not a Durable Object class of this Worker'
        is_certain = near == certain(class_name, others)
        edits = class_node.replace(json.dumps(near)) if is_certain else ()
        report.error(
            "container-without-durable-object", message, place, f"Did you mean {quoted_text(near)}?", edits
        )
        return
    code, message = (
        "container-without-durable-object",
        f'The class "{class_name}" is not a Durable Object of this Worker',
    )
    addition = binding_for(section, class_name) + migration_for(section, class_name)
    if classes.has_exports:
        message = f'"exports" does not declare "{class_name}" as a live class'
        addition = export_for(section, class_name)
    elif is_bound:
        code, message = "class-without-migration", f'No migration creates the class "{class_name}"'
        addition = migration_for(section, class_name)
    report.error(code, message, place, addition.hint, addition.edits)


def _report_gone(class_name: str, named: Node, node: Node, successor: str | None, report: Report) -> None:
    """The class was there, and a migration renamed or deleted it."""
    went = f'is renamed to "{successor}"' if successor else "is deleted"
    message = f'The class "{class_name}" {went} by "{node}" on line {node.place.line}'
    hint = f'Write "{successor}".' if successor else "Name an existing class, or remove this line."
    edits = named.replace(json.dumps(successor)) if successor else ()
    report.error("class-gone", message, named.place, hint, edits)


def _are_not_repeated(section: Section) -> bool:
    """Whether the environment lacks the top level's bindings, which was already reported."""
    own, top = section.own, section.top
    return own is not None and own.get("durable_objects") is None and top.get("durable_objects") is not None


def _are_declarations_sound(section: Section) -> bool:
    """Whether what declares the classes can be read; else the mistake in it was reported, and what would
    follow from it says nothing more.
    """
    return is_sound(section, "migrations") and is_sound(section, "exports")


def _report_mention(
    section: Section, class_name: str, consequence: str, report: Report, severity: Severity
) -> bool:
    """Reports the unknown field that names the class: what seems to be missing is there, misspelled or
    at the wrong level.
    """
    tables = [section.own, section.top] if section.own else [section.top]
    found = next((found for table in tables if (found := find_mention(table, ROOT, class_name))), None)
    if found is None:
        return False
    explanation = explain(found)
    message = f'"{found.node}" is not a field, so {consequence} "{class_name}"'
    tell = report.error if severity == "error" else report.warning
    tell("class-not-linked", message, found.node.key_place, explanation.hint, explanation.edits)
    return True


def _report_not_sqlite(section: Section, class_name: str, declared: DeclaredClass, report: Report) -> None:
    node = declared.node
    if isinstance(node.steps[-1], str) and node.get("storage"):  # an entry of `exports`
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
    hint = f'Move it from "new_classes" to:\n{change}\nA deployed class keeps its storage.'
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
    if is_sound(section, "migrations"):
        read_history(section, report)
    _check_tags([*section.children("migrations")], report)


def _check_tags(migrations: Sequence[Node], report: Report) -> None:
    """Reports migrations with the same tag. As Wrangler (4.164) does it, a deploy runs the steps behind
    the first one that has the tag of the Worker.
    """
    tags = [tag for each in migrations if (tag := each.get("tag")) and isinstance(tag.value, str)]
    taken = {tag.value for tag in tags}
    for tag in tags:
        first = next(each for each in tags if each.value == tag.value)
        if first is tag:
            continue
        when = (
            "every deploy after the first"
            if tag.value == tags[-1].value
            else "a deploy to a Worker with this tag"
        )
        message = (
            f'The tag "{tag.value}" is taken by "{first}" on line {first.place.line}; {when} runs this step'
            " again, which Cloudflare refuses"
        )
        former, free = str(first).removesuffix(".tag"), free_tag(taken)
        hint = f'Give it the tag "{free}". If it was deployed, move its fields into "{former}" instead.'
        report.warning("migration-repeated", message, tag.place, hint)


def _check_bindings(section: Section, told: set[str], classes: Classes, report: Report) -> None:
    """Checks that the classes of bindings exist, except those that were already reported."""
    for class_name, binding in classes.bindings.items():
        if class_name in classes.declared or class_name in told:
            continue
        if not _are_declarations_sound(section):
            return
        if _report_mention(section, class_name, "no migration creates the class", report, "warning"):
            continue
        named = binding.get("class_name") or binding
        if went := classes.gone.get(class_name):
            _report_gone(class_name, named, *went, report)
            continue
        hint = migration_for(section, class_name).hint
        message = f'No migration creates the class "{class_name}"'
        if classes.has_exports:
            hint = export_for(section, class_name).hint
            message = f'"exports" does not declare "{class_name}" as a live class'
        free = [name for name in classes.declared if name not in classes.bindings]
        meant = certain(class_name, free)
        edits = named.replace(json.dumps(meant)) if meant else ()
        hint = question(class_name, free) or hint
        report.warning("class-without-migration", message, named.place, hint, edits)


def _check_exported(links: list[Link], classes: Classes, exported: frozenset[str], report: Report) -> None:
    """Reports classes of the configuration that the code does not have. The API also refuses a class that is
    only declared: error 10070 when a migration creates it, 10064 ever after.
    """
    named = {name: declared.node for name, declared in classes.declared.items()}
    named |= {name: binding.get("class_name") or binding for name, binding in classes.bindings.items()}
    named |= {link.class_name: link.class_node for link in links if link.class_name and link.class_node}
    for class_name, node in named.items():
        if class_name not in exported:
            message = f'The Worker exports no class "{class_name}"'
            found = f"It exports {quoted(sorted(exported))}." if exported else "It exports no class."
            hint = question(class_name, exported) or f"{found} Export it: export class {class_name} ..."
            report.error("class-not-exported", message, node.place, hint)
