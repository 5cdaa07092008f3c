"""Very many Durable Objects: what they take of memory and disk has bounds, and nothing becomes slow.

PYWRANGLER_TEST_OBJECTS says how many (`make objects`: 10,000).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pywrangler.local.client.stopping import stop
from tests.conftest import OUTER
from tests.local.daemon.uploads import Account
from tests.soak.measuring import measure_disk, measure_processes
from tests.support.command import Cli
from tests.support.http import request

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc"),
]

OBJECTS = int(OUTER.get("PYWRANGLER_TEST_OBJECTS", "300"))
AT_ONCE = 50
MIB_OF_PLATFORM, MIB_OF_RUNTIME = 15, 100
"""What may be added at once, however many objects there are."""
RUNTIME_KIB_EACH, DISK_KIB_EACH = 40, 12
"""`workerd` keeps 8 KiB of each object that it has seen, at most; a database has two pages of 4 KiB."""
DESCRIPTORS = 3000
"""An object in memory has four files open. It leaves after some seconds without a request."""
WORKER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}
export default { async fetch(request, env) {
  const [first, count] = new URL(request.url).pathname.slice(1).split("/").map(Number);
  const objects = Array.from({ length: count }, (_, number) => env.COUNTER.getByName(`o${first + number}`));
  return Response.json(await Promise.all(objects.map((object) => object.add())));
} };
"""


@dataclass(frozen=True)
class Figures:
    """What a platform takes, by the names of the soak test."""

    processes: dict[str, float]
    disk: dict[str, float]

    @classmethod
    def of(cls, account: Account) -> Figures:
        """Of this moment."""
        return cls(measure_processes(account.platform.status.pid), measure_disk(account.platform.home))

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value:.0f}" for name, value in (self.processes | self.disk).items())


def add_to_all(url: str, expected: int) -> None:
    """Count once in each object, and compare with what it must have then."""
    for first in range(0, OBJECTS, AT_ONCE):
        assert request(f"{url}/{first}/{AT_ONCE}", timeout_seconds=120).json == [expected] * AT_ONCE


def test_many_objects_take_little_each(account: Account, tmp_path: Path) -> None:
    url = account.deploy(
        "many",
        WORKER,
        bindings=[{"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"}],
        migrations={"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Counter"]}]},
    )
    before = Figures.of(account)
    add_to_all(url, 1)
    after = Figures.of(account)
    sys.stdout.write(f"\n{OBJECTS} objects\nbefore: {before}\nafter: {after}\n")
    grown = {name: value - before.processes[name] for name, value in after.processes.items()}
    assert grown["platform: memory, MiB"] < MIB_OF_PLATFORM
    assert grown["its processes: memory, MiB"] < MIB_OF_RUNTIME + OBJECTS * RUNTIME_KIB_EACH / 1024
    assert after.processes["its processes: descriptors"] < DESCRIPTORS
    for name in ("database, MiB", "logs, MiB"):
        assert after.disk[name] - before.disk[name] < 1
    # Where objects still are in memory, their write-ahead logs are on the disk, too.
    assert after.disk["Durable Objects, MiB"] < 40 + OBJECTS * DISK_KIB_EACH / 1024

    cli = Cli(tmp_path)
    cli.run("local", "export", "state.tar", "--without-secrets", timeout_seconds=300).check()
    stop(os.environ)
    rested = measure_disk(account.platform.home)
    sys.stdout.write(f"after a stop: {rested}\n")
    assert rested["Durable Objects, MiB"] < 1 + OBJECTS * DISK_KIB_EACH / 1024
    account.platform.start()
    add_to_all(account.platform.worker_url("many"), 2)
