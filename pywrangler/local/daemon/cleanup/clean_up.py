"""End what a killed platform left, without starting another: `pywrangler local stop` after a crash."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pywrangler.engine.address import find_engine
from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.identity import node_platform_id
from pywrangler.local.cluster.settings import read_settings
from pywrangler.local.daemon.bindings.browsers import end_left_browsers
from pywrangler.local.daemon.cleanup.former import end_former, find_former
from pywrangler.local.daemon.directories import BROWSERS, plan_runtime_directory, remove_runtime
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.gateway.reconcile import sweep
from pywrangler.local.protocol import LOCK_NAME, UNFINISHED_NAME, Status
from pywrangler.local.store import read_platform
from pywrangler.local.workerd.leftovers import end_leftovers

ENGINE_SECONDS = 20.0


def clean_up(home: Path, environment: Mapping[str, str]) -> dict[str, object] | None:
    """End it. Returns what it was, or None while a platform runs for this directory.

    `{"processes", "containers", "complaint"}`; the complaint says why the engine was not asked. Raises
    `PywranglerError` if the directory cannot be written.
    """
    lock = PlatformLock(home / LOCK_NAME)
    if not lock.take():
        return None
    try:
        end_former(find_former(home))
        ended = len(end_leftovers(home)) + end_left_browsers(home / BROWSERS)
        remove_runtime(plan_runtime_directory(home, environment))
        containers, complaint = _end_containers(home, environment)
        for file in (Status.file(home), *([] if complaint else [home / UNFINISHED_NAME])):
            with contextlib.suppress(OSError):
                file.unlink()
        return {"processes": ended, "containers": containers, "complaint": complaint}
    finally:
        lock.release()


def _end_containers(home: Path, environment: Mapping[str, str]) -> tuple[int, str | None]:
    """The number of containers that were ended, and the reason if the engine could not be asked for them."""
    try:
        platform, settings = read_platform(home), read_settings(home, environment)
    except PywranglerError as error:
        return 0, error.message
    owners = [platform.id] if platform else []
    if settings is not None:
        owners.append(node_platform_id(settings.account_id, settings.node))
    if not owners:
        return 0, None
    try:
        return asyncio.run(_sweep(environment, owners)), None
    except TimeoutError:
        complaint = f"The Docker Engine gave no response in {ENGINE_SECONDS:.0f} s."
    except PywranglerError as error:
        complaint = error.message
    return 0, complaint if settings or (platform and platform.has_instances) else None


async def _sweep(environment: Mapping[str, str], owners: Iterable[str]) -> int:
    async with asyncio.timeout(ENGINE_SECONDS):
        return sum([await sweep(find_engine(environment), owner) for owner in owners])
