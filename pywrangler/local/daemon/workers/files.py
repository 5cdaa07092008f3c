"""What a Worker has on the disk outside of the store."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from pywrangler.local.daemon.beside import directory_of
from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.workers.specs import BESIDE, workflows_of
from pywrangler.local.store import Store
from pywrangler.local.workerd.workflows import cron_directory, instances_directory


def paths_of(name: str, store: Store, directories: Directories) -> list[Path]:
    """A Worker's log, its caches and the storage of its objects. Some of them may not exist."""
    namespaces = [namespace.id for namespace in store.namespaces.of_script(name)]
    workflows = map(instances_directory, _workflows_of(name, store))
    storage = [
        directories.storage / directory for directory in (*namespaces, cron_directory(name), *workflows)
    ]
    files = [entry for entry in directories.worker(name).glob("*") if entry.is_file()]
    caches = [directories.cache(name), directories.cache(f"{name}{BESIDE}")]
    beside = [directories.worker(directory_of(name, turn)) for turn in (0, 1)]
    return [*files, *storage, *caches, *beside, directories.emails(name)]


def _workflows_of(name: str, store: Store) -> set[str]:
    """The names of the Workflows that the Worker runs."""
    version = store.versions.active(name)
    known = {workflow.name for workflow in store.workflows.all() if workflow.script == name}
    return known | {*workflows_of(version)} if version else known


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files and directories. What cannot be removed stays."""
    for path in paths:
        with contextlib.suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
