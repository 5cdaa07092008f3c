"""What declarations are made of: plain data, read from configurations and from the Workers' code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from pywrangler.config.records import ModuleRule
from pywrangler.dataclass import dataclass

Table = Mapping[str, Any]
"""The fields of one environment as the user wrote them: nothing is inherited."""


@dataclass(frozen=True)
class WorkerEntry:
    """A Worker's main file, and what it exports."""

    worker: str
    file: Path
    exports: frozenset[str]
    is_module: bool = True
    """Whether it is an ES module; otherwise it is written as a service worker."""


@dataclass(frozen=True)
class Member:
    """One binding of an environment: its name, and its type in TypeScript."""

    name: str
    type: str


@dataclass(frozen=True)
class RuleSet:
    """The rules for modules that hold in one environment."""

    rules: tuple[ModuleRule, ...] = ()
    finds_additional: bool = False


@dataclass(frozen=True)
class Declared:
    """What a configuration says, for the environments that the declarations are of."""

    top: Table
    environments: Mapping[str, Table]
    """The named environments; empty where one was chosen."""
    rule_sets: Sequence[RuleSet]
    """Of the top level, or of the chosen environment, and then of each named one."""
    classes: Sequence[str]
    """The Durable Object classes of this Worker."""
    compatibility_date: str | None
    compatibility_flags: tuple[str, ...]
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of required secrets by environment, the top level's under ""."""
    local_secrets: tuple[str, ...] = ()
    """Names in `.dev.vars` and the like: all environments have them, where no secrets are required."""
    blobs: Sequence[Member] = ()
    """Data and text blobs of a service worker."""


@dataclass(frozen=True)
class Settings:
    """How the declarations are written."""

    interface: str = "Env"
    output: Path = Path("worker-configuration.d.ts")
    """Absolute: what is imported is named from its directory."""
    strict_vars: bool = True
    includes_main: bool = True
    entry: WorkerEntry | None = None
    others: Mapping[str, WorkerEntry] = field(default_factory=dict)
    """Other Workers, by name."""
    pipelines: Mapping[str, str] = field(default_factory=dict)
    """The types of pipelines whose records are known, by the stream's id."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """The definitions that such a type needs, by the stream's id."""
