"""Snapshots of containers: taken, restored, listed, gone; and nothing of the first start in them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pywrangler.engine.calls import EngineCalls
from pywrangler.local.gateway.snapshots import snapshots as module
from pywrangler.local.instances.snapshots import KEPT_SECONDS
from tests.local.gateway.conftest import MakeWorld
from tests.local.gateway.world import World
from tests.support.containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

TAKE = """await up({ env: { SECRET: "do-not-keep" }, labels: { a: "1" }, entrypoint: args[0] });
  await sh("echo kept > /kept; rm /etc/debian_version");
  const s = await c.snapshotContainer({ name: "first" }); return { ...s, well: await get("/argv") };"""
RESTORE = """await c.destroy(); await up({ containerSnapshot: { id: args[0] }, env: { OTHER: "2" } });
  return [JSON.parse(await get("/env")), await sh("cat /kept; ls /etc/debian_version"), await get("/argv"),
    (await c.inspect()).labels];"""
ENTRYPOINT = ["python3", "-S", "-E", "/server.py", "of-the-start"]


async def take(world: World, name: str = "raw") -> str:
    made = await world.run(name, TAKE, ENTRYPOINT)
    assert made["name"] == "first"
    assert made["size"] > 1_000_000
    assert made["well"] == '["of-the-start"]'
    return str(made["id"])


@pytest.mark.parametrize("shares_layers", [True, False], ids=["as layers", "as a copy"])
async def test_a_snapshot_has_the_files_and_nothing_of_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch, shares_layers: bool
) -> None:
    monkeypatch.setattr(module, "shares_layers", lambda _: shares_layers)
    snapshot_id = await take(world)
    environment, files, arguments, labels = await world.run("raw", RESTORE, snapshot_id)
    assert "SECRET" not in environment
    assert environment["OTHER"] == "2"
    assert (files, arguments, labels) == ("kept\n", '["from-the-image"]', {})
    [snapshot] = world.snapshots.all()
    [instance] = world.alive("Raw")
    assert (instance.image, snapshot.id, snapshot.name) == (snapshot.image, snapshot_id, "first")
    everything = docker("image", "inspect", snapshot.image) + docker("inspect", str(instance.container_id))
    assert "do-not-keep" not in everything
    mine = f"label=pywrangler.platform={world.platform_id}"
    assert docker("image", "ls", "--quiet", "--no-trunc", "--filter", mine).split() == [snapshot.image]


async def test_another_object_restores_it_and_changes_stay_its_own(world: World) -> None:
    snapshot_id = await take(world)
    code = """await up({ containerSnapshot: { id: args[0] } }); await sh("echo two >> /kept");
      const two = await c.snapshotContainer(); await c.destroy();
      await up({ containerSnapshot: two }); const later = await sh("cat /kept"); await c.destroy();
      await up({ containerSnapshot: { id: args[0] } }); return [later, await sh("cat /kept")];"""
    assert await world.run("raw-other", code, snapshot_id) == ["kept\ntwo\n", "kept\n"]


async def test_it_is_kept_for_30_days_after_its_last_restore(world: World) -> None:
    snapshot_id = await take(world)
    [fresh] = world.snapshots.all()
    world.snapshots.save(replace(fresh, used_at=fresh.used_at - KEPT_SECONDS + 60))
    await world.run("raw", RESTORE, snapshot_id)
    [renewed] = world.snapshots.all()
    assert renewed.used_at >= fresh.used_at
    world.snapshots.save(replace(fresh, used_at=fresh.used_at - KEPT_SECONDS - 60))
    await world.run(
        "raw", "await c.destroy(); object.start({ containerSnapshot: { id: args[0] } });", snapshot_id
    )
    rejected = (await world.outcome("raw"))["rejected"]["message"]
    assert f"the snapshot {snapshot_id} does not exist: it was deleted, or it was not restored" in rejected
    assert world.snapshots.all() == []
    with pytest.raises(AssertionError, match="No such image"):
        docker("image", "inspect", fresh.image)


async def test_a_snapshot_that_is_gone_is_named(world: World) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    await world.run("raw", "object.start({ containerSnapshot: { id: args[0] } });", gone)
    assert f"the snapshot {gone} does not exist" in (await world.outcome("raw"))["rejected"]["message"]


async def test_a_container_that_does_not_run_has_no_snapshot(world: World) -> None:
    told = await world.run("raw", "return await told(() => c.snapshotContainer());")
    assert "cannot be called on a container that is not running" in told["message"]
    told = await world.run(
        "raw", "await up(); await c.destroy(); return await told(() => c.snapshotContainer());"
    )
    assert "cannot be called on a container that is not running" in told["message"]


async def test_a_disk_that_is_full_is_the_reason(make_world: MakeWorld) -> None:
    async def refuse(*_: object) -> None:
        raise module.NoSnapshotError("no space left on device")

    async with make_world() as world:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EngineCalls, "load_image", refuse)
            told = await world.run("raw", "await up(); return await told(() => c.snapshotContainer());")
        assert "no space left on device" in json.dumps(told)
        assert world.snapshots.all() == []
        mine = f"label=pywrangler.platform={world.platform_id}"
        assert docker("image", "ls", "--quiet", "--filter", mine) == ""


async def test_a_worker_does_not_get_at_the_gateway_by_which_names_are_noted(world: World) -> None:
    code = """const services = Object.getPrototypeOf(c.getTcpPort(80)); const { fetch } = services;
      const seen = [];
      await up();
      services.fetch = function (...request) { seen.push(this); return fetch.apply(this, request); };
      await c.snapshotContainer({ name: "first" }); services.fetch = fetch;
      return seen.length;"""
    assert await world.run("raw", code) == 0
