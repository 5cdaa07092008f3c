"""Calls that workerd refuses and the platform works around."""

from __future__ import annotations

import pytest

from tests.local.gateway.world import World
from tests.support.containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_empty_directories_of_a_start(world: World) -> None:
    code = """const directories = [{ mountPoint: "/extra/dir" }, { mountPoint: "/usr/share" }];
      await up({ directorySnapshots: directories });
      const script = "for d in /extra/dir /usr/share; do ls -A $d | wc -l; echo yes > $d/f; cat $d/f; done";
      const found = await sh(script);
      await c.destroy(); await up({ directorySnapshots: directories });
      return [found, await sh("cat /extra/dir/f")];"""
    assert await world.run("raw", code) == ["0\nyes\n0\nyes\n", ""]
    [container_id] = world.in_engine()
    names = docker("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", container_id).split()
    await world.run("raw", "await c.destroy()")
    left = docker("volume", "ls", "--quiet").split()
    assert (len(names), set(names) & set(left)) == (2, set())
    assert not [name for name in left if name.startswith("workerd-snap")]


async def test_a_directory_has_no_snapshot(world: World) -> None:
    code = """const snapshot = { id: "00000000-0000-4000-9000-000000000000", size: 1, dir: "/data" };
      c.start({ directorySnapshots: [{ snapshot }] });
      return [await told(() => c.monitor()), c.running];"""
    told, running = await world.run("raw", code)
    assert told == {"threw": "Error", "message": "Container failed to start"}
    assert (running, world.in_engine()) == (False, [])


async def test_jurisdictions_of_a_namespace(world: World) -> None:
    code = """const eu = env.RAW.jurisdiction("eu"); const stub = eu.getByName("raw-eu");
      const id = env.RAW.newUniqueId({ jurisdiction: "us" });
      return [await stub.running(), eu.idFromName("x").equals(env.RAW.idFromName("x")), String(id).length,
        await told(() => env.RAW.jurisdiction("moon")), Object.keys(env).sort()];"""
    assert await world.run("raw", code) == [
        False,
        True,
        64,
        {
            "threw": "TypeError",
            "message": 'Invalid jurisdiction "moon": it must be eu, fedramp, fedramp-high, us.',
        },
        ["BOX", "CODE", "GUARDED", "RAW"],
    ]


async def test_a_closed_port_is_refused_in_the_words_of_cloudflare(world: World) -> None:
    code = """await up({}); const closed = c.getTcpPort(33);
      return [await told(() => closed.fetch("http://container/")), await told(() => closed.fetch()),
        typeof closed.connect];"""
    closed, wrong, connect = await world.run("raw", code)
    assert closed["threw"] == "Error"
    assert closed["message"].startswith("The container is not listening in the TCP address 10.0.0.1:33 (")
    assert "Container is not listening to port 33" in closed["message"]
    assert (wrong["threw"], connect) == ("TypeError", "function")


async def test_a_port_may_be_taken_before_the_start(world: World) -> None:
    code = """const port = c.getTcpPort(8080); await up({});
      return await (await port.fetch("http://container/argv")).text();"""
    assert await world.run("raw", code) == '["from-the-image"]'
