"""Values that the command line and the Worker's code add to a configuration file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pywrangler.config.records import Configuration, Container
from pywrangler.dataclass import dataclass

ReadExports = Callable[[Configuration], frozenset[str] | None]
"""What the Worker's code exports, or None; it gets only the part of the configuration that bundling needs."""

SeeContainers = Callable[[tuple[Container, ...]], None]
"""Notified of the containers of an environment, also where other parts of it are wrong."""

Lacks = Callable[[str, Any], str | None]
"""What the target does not have of a field with this name and value, as the rest of a sentence about it, or
None.
"""


@dataclass(frozen=True)
class Given:
    """Values of the command line that replace those of the file; None keeps the file's value."""

    name: str | None = None
    main: Path | None = None
    compatibility_date: str | None = None
    assets: Path | None = None
    """The directory of the static files."""
    exported_classes: frozenset[str] | None = None
    """The classes that the Worker's code exports, once it is bundled."""
    read_exports: ReadExports | None = None
    """Reads them from the code, if they are not given."""
    see_containers: SeeContainers | None = None
    lacks: Lacks | None = None
