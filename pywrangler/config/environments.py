"""Picks the environment: which field comes from where.

As in Wrangler, a named environment has its own fields, inherits some of the top level's and must repeat the
others (`schema.kinds.Scope`). Source: Wrangler's `normalizeAndValidateConfig`, `inheritable` and
`notInheritable`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pywrangler.config.advice.snippets import snippet
from pywrangler.config.checks.repetition import check_repetition
from pywrangler.config.discovery import is_redirected_to
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import KEPT_BY_PREVIEWS, PREVIEW_FIELDS, root_field
from pywrangler.config.syntax.document import Node
from pywrangler.dataclass import dataclass
from pywrangler.spelling import question, quoted


@dataclass(frozen=True)
class Section:
    """The fields of one environment. `own` is its table under `env`; None for the top level, and for an
    environment that is only a name.
    """

    top: Node
    own: Node | None
    environment: str | None
    preview: Node | None = None
    """The table `previews`, if this is the section of a preview: its bindings are there."""

    def of_preview(self, previews: Node) -> Section:
        """The section of a preview of this environment."""
        return replace(self, preview=previews)

    def get(self, name: str) -> Node | None:
        """The field as it holds in this environment."""
        if self.preview is not None and name in PREVIEW_FIELDS:
            own = _present(self.preview.get(name))
            return own or (self._of_environment(name) if name in KEPT_BY_PREVIEWS else None)
        return self._of_environment(name)

    def _of_environment(self, name: str) -> Node | None:
        field = root_field(name)
        if self.own is None or field is None or field.scope == "top-level":
            return _present(self.top.get(name))
        own = _present(self.own.get(name))
        return own if own or field.scope == "environment" else _present(self.top.get(name))

    def at(self, name: str, *keys: str) -> Node | None:
        """A value inside the field."""
        node = self.get(name)
        return node.at(*keys) if node else None

    def text(self, name: str) -> str | None:
        """The field's text."""
        node = self.get(name)
        return node.value if node and isinstance(node.value, str) else None

    def flag(self, name: str) -> bool | None:
        """The field's boolean."""
        node = self.get(name)
        return node.value if node and isinstance(node.value, bool) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of the field's list."""
        return tuple(node.value for node in self.children(name) if isinstance(node.value, str))

    def children(self, name: str, *keys: str) -> list[Node]:
        """The elements of the field's list, or of a list inside it."""
        node = self.at(name, *keys)
        return [*node.elements()] if node else []

    def table(self, name: str) -> dict[str, object]:
        """The field's table as data."""
        node = self.get(name)
        return dict(node.value) if node and isinstance(node.value, Mapping) else {}

    @property
    def document_table(self) -> Node:
        """The table that a new field of this environment would be added to."""
        return self.own or self.top


def select_section(root: Node, environment: str | None, report: Report) -> Section:
    """The section of that environment. Reports an unknown one, and what it should have repeated from the
    top level.

    As in Wrangler (4.164), an unknown environment is an error if the file has `env`, and only a suffix of
    the Worker's name if it has none.
    """
    if not environment or is_generated(root):
        _check_target(root, environment, report)
        return Section(root, None, None)
    environments = root.get("env")
    own = environments.get(environment) if environments else None
    if own is None:
        _report_unknown(root, environments, environment, report)
        return Section(root, None, environment)
    if isinstance(own.value, Mapping):
        check_repetition(root, own, report)
    return Section(root, own, environment)


def worker_name(section: Section) -> str | None:
    """The Worker's name: the environment's own, otherwise the top level's with the environment behind it."""
    own = section.own.text("name") if section.own else None
    top = section.top.text("name")
    return own or (f"{top}-{section.environment}" if top and section.environment else top)


def is_generated(root: Node) -> bool:
    """Whether a tool wrote this configuration for one environment already chosen."""
    says_so = root.get("definedEnvironments") is not None or root.get("userConfigPath") is not None
    return says_so or is_redirected_to(root.document.file)


def _present(node: Node | None) -> Node | None:
    """A null counts as missing once it has been reported."""
    return node if node is not None and node.value is not None else None


def _check_target(root: Node, environment: str | None, report: Report) -> None:
    target = root.get("targetEnvironment")
    if environment and target and target.value and target.value != environment:
        message = (
            f'This configuration was generated for the environment "{target.value}", not "{environment}"'
        )
        report.error(
            "other-environment", message, target.place, f"Build the project again for {environment}."
        )


def _report_unknown(root: Node, environments: Node | None, environment: str, report: Report) -> None:
    message = f'There is no environment "{environment}"'
    addition = snippet(root.document.syntax, {"env": {environment: {}}})
    if environments is None or environments.value is None:
        hint = f"The top level is used instead. Add:\n{addition}"
        report.warning("unknown-environment", message, root.place, hint)
        return
    names = [name for name, _ in environments.entries()]
    hint = f"Add:\n{addition}"
    if names:
        hint = question(environment, names) or f"There is {quoted(names)}."
    report.error("unknown-environment", message, environments.key_place, hint)
