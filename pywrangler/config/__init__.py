"""Configuration: find, read and check wrangler.jsonc, wrangler.json and wrangler.toml.

    find(directory, explicit)              the file and how it was found, or None
    load(file, environment=...)         a `Configuration`, or `ConfigurationError` with every problem
    check(file, environment=...)        the same as data: the configuration or None, and the problems
    check_environments(file)            the problems of the top level and of every environment
    read_fields(file, environment=...)  its fields, without checking how they fit together

Importing this package imports none of its modules, and no parser: each name below brings its module when it
is used, and a file brings the parser of its syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pywrangler.config.discovery import Found, find, find_broken
    from pywrangler.config.loading import check, check_environments, load
    from pywrangler.config.new_bindings import add_binding
    from pywrangler.config.problems.errors import ConfigurationError
    from pywrangler.config.problems.records import Place, Problem
    from pywrangler.config.records import Configuration
    from pywrangler.config.single_fields import Fields, read_fields

__all__ = [
    "Configuration",
    "ConfigurationError",
    "Fields",
    "Found",
    "Place",
    "Problem",
    "add_binding",
    "check",
    "check_environments",
    "find",
    "find_broken",
    "load",
    "read_fields",
]

_MODULES = {
    "Configuration": "records",
    "ConfigurationError": "problems.errors",
    "Fields": "single_fields",
    "Found": "discovery",
    "Place": "problems.records",
    "Problem": "problems.records",
    "add_binding": "new_bindings",
    "check": "loading",
    "check_environments": "loading",
    "find": "discovery",
    "find_broken": "discovery",
    "load": "loading",
    "read_fields": "single_fields",
}


def __getattr__(name: str) -> Any:
    """The name, from the module that has it."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
