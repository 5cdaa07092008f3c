"""The fields of `previews`: what a preview has in place of the Worker's own (Wrangler 4.164)."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.advice.snippets import snippet
from pywrangler.config.environments import Section
from pywrangler.config.preview_advice import PLACEHOLDER, placeholders
from pywrangler.config.problems.report import Report
from pywrangler.config.records import MANAGED_POLICY
from pywrangler.config.syntax.document import Node


def as_preview(section: Section, report: Report) -> Section | None:
    """The section of a preview of this environment; None if that was reported."""
    previews = section.get("previews")
    if previews is None:
        hint = "Write the bindings of previews there, or leave it empty. Add:\n" + snippet(
            section.top.document.syntax, {"previews": {}}
        )
        report.error("previews-missing", 'There is no "previews"', section.document_table.place, hint)
        return None
    if not isinstance(previews.value, Mapping):
        return section  # of the wrong type, which the schema reports
    if spots := [*placeholders(previews.value)]:
        message = f"{', '.join(f'`previews.{each}`' for each in spots)} is still `{PLACEHOLDER}`"
        report.error("preview-placeholder", message, previews.place, "Write what a preview may use there.")
    containers = previews.get("containers")
    for container in containers.elements() if containers else ():
        _check_container(container, report)
    return section.of_preview(previews)


def _check_container(container: Node, report: Report) -> None:
    if name := container.get("name"):
        message = f'"{name}" cannot be set: each preview has an application of its own name'
        report.error("preview-container-name", message, name.key_place, "Remove it.")
    policy = container.get("scheduling_policy")
    if policy and policy.value == MANAGED_POLICY:
        message = f'"{policy}" cannot be "{MANAGED_POLICY}" in a preview'
        hint = 'Write such a container in the top level\'s "containers" only.'
        report.error("preview-container-policy", message, policy.place, hint)
