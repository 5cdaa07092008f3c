"""Reads single fields of a configuration, for the commands that need nothing else of it: nothing is
checked, and little is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.config.environments import select_section, worker_name
from pywrangler.config.reading import read
from pywrangler.config.report import Report

if TYPE_CHECKING:
    from pywrangler.config.records import KVNamespace


def read_field(file: Path, name: str, *, environment: str | None = None) -> Any:
    """One field as it holds in `environment`, unchecked, or None: for commands that need nothing else of
    the file.

    `name` has the environment's suffix. Raises `ConfigurationError` only when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    node = section.get(name)
    return worker_name(section) if name == "name" else node.value if node else None


def read_kv_namespaces(file: Path, *, environment: str | None = None) -> tuple[KVNamespace, ...]:
    """The entries of `kv_namespaces` in `environment`, with the rest of the file unchecked."""
    report = Report()
    from pywrangler.config import bindings

    return bindings.read_kv_namespaces(select_section(read(file, report).root, environment, report))


def environment_names(file: Path) -> tuple[str, ...]:
    """The names of the environments that the file defines."""
    named = read(file, Report()).root.get("env")
    return tuple(name for name, _ in named.entries()) if named else ()
