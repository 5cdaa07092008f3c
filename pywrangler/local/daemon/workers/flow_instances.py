"""Instances of Workflows on the disk, where `workerd` keeps each as a Durable Object."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pywrangler.local.workerd.names import read_durable_object_names
from pywrangler.local.workerd.workflows import instances_directory

FILE = re.compile(r"([0-9a-f]{64})\.sqlite")


@dataclass(frozen=True)
class KnownInstances:
    """The objects that there are; some are left from instances that were deleted."""

    names: list[str]
    nameless: list[str]
    """Ids of objects whose names are not known: those without an alarm, such as paused ones."""


def find_instances(storage: Path, workflow: str) -> KnownInstances:
    """The instances of a Workflow."""
    directory = instances_directory(workflow)
    names = read_durable_object_names(storage, directory)
    try:
        files = [FILE.fullmatch(entry.name) for entry in (storage / directory).iterdir()]
    except OSError:
        files = []
    identifiers = {match[1] for match in files if match}
    return KnownInstances(sorted(names.values()), sorted(identifiers - {*names}))
