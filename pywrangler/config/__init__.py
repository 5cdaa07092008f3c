"""Configuration: find, read and check wrangler.jsonc, wrangler.json and wrangler.toml.

    find(folder, explicit)          the file, or None
    load(file, environment=...)     a `Configuration`, or `ConfigurationError` with every problem
    check(file, environment=...)    the same as data: the configuration or None, and the problems
    read_field(file, name, ...)     one field, without checking the rest

Importing this package reads no parser; the one for a file's syntax is imported when a file is read.
"""

from __future__ import annotations

from pywrangler.config.errors import ConfigurationError
from pywrangler.config.finding import choose_environment, find
from pywrangler.config.loading import check, environments, load, read_field, read_kv_namespaces
from pywrangler.config.records import Configuration, Place, Problem

__all__ = [
    "Configuration",
    "ConfigurationError",
    "Place",
    "Problem",
    "check",
    "choose_environment",
    "environments",
    "find",
    "load",
    "read_field",
    "read_kv_namespaces",
]
