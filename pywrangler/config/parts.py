"""The parts of a configuration, each read from its fields, before they are compared with each other."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.checks.assets import read_assets
from pywrangler.config.checks.bundling_fields import read_code
from pywrangler.config.checks.containers import read_container
from pywrangler.config.checks.required_fields import RequiredFields, read_required_fields
from pywrangler.config.classes.container_classes import Link, link_containers
from pywrangler.config.classes.declarations import Classes, read_classes
from pywrangler.config.classes.managed_containers import is_managed, read_managed_container
from pywrangler.config.environments import Section
from pywrangler.config.given import Given
from pywrangler.config.problems.report import Report
from pywrangler.config.records import Assets, Configuration, Container
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.other_products import says_nothing
from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class Parts:
    """The fields of one environment, part by part."""

    required: RequiredFields
    code: Configuration | None
    """What bundling needs; None if a required field is missing."""
    classes: Classes
    links: list[Link]
    """Which class each container belongs to."""
    containers: tuple[Container, ...]
    assets: Assets | None
    unused: tuple[str, ...]
    """Fields of other products."""


def read_parts(section: Section, given: Given, report: Report) -> Parts:
    """Read every part. Reports what is missing or wrong in one by itself."""
    required = read_required_fields(section, given, report)
    name = required.name
    links = link_containers(section, name, report)
    return Parts(
        required=required,
        code=read_code(section, name, required.main, required.compatibility_date, has_code=required.has_code),
        classes=read_classes(section, name),
        links=links,
        containers=_containers(links, report, has_names=required.is_nameable),
        assets=read_assets(section, given.assets, report),
        unused=_unused(section, report),
    )


def _containers(links: list[Link], report: Report, *, has_names: bool) -> tuple[Container, ...]:
    """The records of the containers; without `has_names`, containers that are named after the Worker have no
    name.
    """
    made = (
        (read_managed_container if is_managed(link.node) else read_container)(
            link.node,
            (link.name if has_names else link.node.text("name")) or "",
            link.class_name or "",
            report,
        )
        for link in links
        if isinstance(link.node.value, Mapping)
    )
    return tuple(container for container in made if container is not None)


def _unused(section: Section, report: Report) -> tuple[str, ...]:
    """The fields of other products in this environment, listed in one warning."""
    fields = ((field.name, section.get(field.name)) for field in ROOT.fields if field.use == "unused")
    nodes = {name: node for name, node in fields if node and not says_nothing(name, node.value)}
    names = tuple(nodes)
    if nodes:
        listed = ", ".join(f'"{name}"' for name in names)
        message = f"Not used by pywrangler: {listed}"
        first = next(iter(nodes.values()))
        report.warning("unused-fields", message, first.key_place, "The Worker is deployed without them.")
    return names
