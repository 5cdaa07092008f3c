"""Reads the fields of a configuration for the commands that need few of them: the values' types are checked,
and little is imported. Whether the fields fit together is for `loading` to say.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.config.checks.names import check_worker_name
from pywrangler.config.checks.validation import check_section
from pywrangler.config.environments import Section, select_section, worker_name
from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.reading import read

if TYPE_CHECKING:
    from pywrangler.config.records import KVNamespace


class Fields:
    """The fields of `file` as they hold in one environment."""

    def __init__(self, file: Path, section: Section) -> None:
        self.file = file
        self._section = section

    def get(self, name: str) -> Any:
        """The field's value, or None."""
        node = self._section.get(name)
        return node.value if node else None

    @property
    def worker_name(self) -> str | None:
        """The Worker's name, with the environment's suffix."""
        return worker_name(self._section) or None

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the file's environments."""
        node = self._section.top.get("env")
        return tuple(name for name, _ in node.entries()) if node else ()

    @property
    def is_environment_missing(self) -> bool:
        """Whether the chosen environment is only a name: the file has no environments."""
        return self._section.environment is not None and self._section.own is None

    @property
    def kv_namespaces(self) -> tuple[KVNamespace, ...]:
        """The entries of `kv_namespaces`."""
        from pywrangler.config import bindings

        return bindings.read_kv_namespaces(self._section)


def read_fields(file: Path, *, environment: str | None = None) -> Fields:
    """The fields of `environment`. Raises `ConfigurationError` for a file that cannot be parsed, an
    environment that is not defined there, and values of a wrong type: with such a configuration
    no command of Wrangler (4.164) continues.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    check_section(section, report)
    check_worker_name(section, worker_name(section), report)
    if report.has_errors:
        raise ConfigurationError([problem for problem in report.sorted() if problem.severity == "error"])
    return Fields(file, section)
