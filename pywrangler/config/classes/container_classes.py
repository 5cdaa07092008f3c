"""Finds out which Durable Object class each container belongs to.

A container belongs to exactly one class, linked from either side: `containers[].class_name` or
`exports.<Class>.container`. Rules are Wrangler 4.164.0's (`validateContainerExportLinks`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pywrangler.config.advice.missing_fields import report_missing
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.classes.declarations import export_entries, is_live
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.schema.containers import CONTAINER
from pywrangler.config.syntax.document import Node
from pywrangler.dataclass import dataclass
from pywrangler.spelling import question


@dataclass(frozen=True)
class Link:
    """An entry of `containers`, the name of its application and its class, if that is known."""

    node: Node
    name: str | None
    class_name: str | None
    class_node: Node | None
    """Where the class is named: `class_name`, or the entry of `exports`."""


def link_containers(section: Section, worker: str | None, report: Report) -> list[Link]:
    """Each entry of `containers` with name and class; reports missing names and links that are not one to
    one. `worker` is the Worker's name, None if that was reported as missing.
    """
    by_container: dict[str, Node] = {}
    for _, entry in export_entries(section):
        if is_live(entry) and (container := entry.text("container")):
            by_container.setdefault(container, entry)
    links = [_link(node, section, worker, by_container, report) for node in section.children("containers")]
    _check_one_to_one(links, report)
    _check_exports(section, links, report)
    return links


def default_application_name(worker: str, class_name: str, environment: str | None) -> str:
    """The application's name if none is given: `<worker>-<class>[-<environment>]`."""
    parts = [worker, class_name, *([environment] if environment else [])]
    return "-".join(parts).lower().replace(" ", "-")


def _link(
    node: Node, section: Section, worker: str | None, by_container: dict[str, Node], report: Report
) -> Link:
    class_node, name = node.get("class_name"), node.text("name")
    class_name = node.text("class_name")
    if class_node is None and name in by_container:
        class_node = by_container[name]
        class_name = str(class_node.steps[-1])
    if not name and class_name and worker:
        name = _default_name(node, section, class_name, report)
    if class_node is None and isinstance(node.value, Mapping):
        hint = "Add:\n" + snippet(node.document.syntax, {"class_name": "MyContainer"})
        report_missing(
            node,
            CONTAINER,
            "class_name",
            report,
            code="container-without-class",
            message=f'"{node}" has no "class_name"',
            place=node.place,
            hint=hint,
        )
    return Link(node, name, class_name, class_node)


def _default_name(node: Node, section: Section, class_name: str, report: Report) -> str | None:
    """From the Worker's name in the file, an environment's own before the top level's; `--name` does not
    do.
    """
    if worker := section.text("name"):
        # None for an environment that the file does not define.
        environment = section.environment if section.own else None
        return default_application_name(worker, class_name, environment)
    message = f'"{node}" has no "name", and the file has no "name" of the Worker to derive it from'
    hint = "Add:\n" + snippet(node.document.syntax, {"name": f"my-worker-{class_name.lower()}"})
    report.error("container-without-name", message, node.place, hint)
    return None


def _check_one_to_one(links: list[Link], report: Report) -> None:
    classes = repeated(link.class_name for link in links)
    for name in repeated(
        link.name for link in links if link.class_name not in classes or link.node.get("name")
    ):
        *_, last = [link for link in links if link.name == name]
        place = (last.node.get("name") or last.node).place
        report.error(
            "application-repeated", f'Two containers are named "{name}"', place, "Give each its own name."
        )
    for class_name in classes:
        first, *_, last = [link for link in links if link.class_name == class_name]
        place = (last.class_node or last.node).place
        message = f'The class "{class_name}" already has a container, "{first.node}"; a class has one'
        report.error("class-with-two-containers", message, place, "Write a separate class for each.")


def _check_exports(section: Section, links: list[Link], report: Report) -> None:
    """Reports `exports.<Class>.container` and `containers` that contradict each other. A top level without
    containers is not the whole picture (environments inherit `exports` and repeat `containers`).
    """
    if section.get("containers") is None or section.preview is not None:
        return
    names = [link.name for link in links if link.name]
    for class_name, entry in export_entries(section):
        container = entry.get("container")
        if container is None or not isinstance(container.value, str) or not is_live(entry):
            continue
        link = next((link for link in links if link.name == container.value), None)
        if link is None:
            message = f'"{container}" names the container "{container.value}", which is not in "containers"'
            report.error("unknown-container", message, container.place, question(container.value, names))
        elif link.class_name != class_name:
            message = (
                f'"{container}" and "{link.node}" do not agree: that container belongs to "{link.class_name}"'
            )
            report.error("links-disagree", message, container.place, "A container belongs to one class.")


def repeated(names: Iterable[str | None]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, count in Counter(names).items() if name and count > 1]
