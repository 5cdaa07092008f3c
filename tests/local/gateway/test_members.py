"""The members of `ctx.container` that no other module here is about."""

from __future__ import annotations

import pytest

from tests.local.gateway.world import World

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_start_takes_the_entrypoint_variables_and_labels(world: World) -> None:
    code = """await up({ entrypoint: ["python3", "-S", "-E", "/server.py", "a b"], env: { ONE: "eins" },
        labels: { team: "workers", "my/key": "a=b" } });
      const { labels } = await c.inspect();
      return [await get("/argv"), JSON.parse(await get("/env")).ONE, labels, c.running];"""
    assert await world.run("raw", code) == [
        '["a b"]',
        "eins",
        {"team": "workers", "my/key": "a=b"},
        True,
    ]


async def test_start_refuses_what_does_not_fit(world: World) -> None:
    code = """const bad = [{ image: "a:1", containerSnapshot: { id: "x" } }, { env: { A: "a\\0b" } },
        { labels: Object.fromEntries([...Array(11).keys()].map((n) => [n, "v"])) }, { instance: "huge" },
        { directorySnapshots: [{ mountPoint: "relative" }] }];
      const found = [];
      for (const options of bad) found.push((await told(() => c.start(options))).threw);
      await up(); found.push((await told(() => c.start({}))).threw); return found;"""
    assert await world.run("raw", code) == ["TypeError", "Error", "Error", "TypeError", "TypeError", "Error"]


async def test_inspect_is_null_unless_it_runs(world: World) -> None:
    code = """const before = await c.inspect(); await up(); const { image, labels } = await c.inspect();
      await c.destroy(); return [before, image.length > 0, labels, await c.inspect()];"""
    assert await world.run("raw", code) == [None, True, {}, None]


async def test_destroy_and_signal_of_one_that_does_not_run(world: World) -> None:
    code = """await up(); await c.destroy(); await c.destroy();
      return [c.running, await told(() => c.signal(15))];"""
    assert await world.run("raw", code) == [
        False,
        {"threw": "Error", "message": "signal() cannot be called on a container that is not running."},
    ]


async def test_images_are_empty_without_images_of_the_class(world: World) -> None:
    assert await world.run("raw", "return c.images;") == {}


async def test_the_inactivity_timeout_takes_milliseconds_above_zero(world: World) -> None:
    code = """await up(); const set = await told(() => c.setInactivityTimeout(60000n));
      return [set.threw ?? null, (await told(() => c.setInactivityTimeout(0))).threw];"""
    assert await world.run("raw", code) == [None, "TypeError"]


async def test_a_stream_has_the_pieces_of_the_container(world: World) -> None:
    code = """await up();
      const echo = "import socket; s = socket.create_server(('', 7000)); c, _ = s.accept();"
        + "c.send(b'220 ready'); print(1, flush=True); c.send(c.recv(9).upper()); c.close()";
      await c.exec(["python3", "-c", echo]); let socket, reader;
      for (let tries = 0; ; tries++) {
        try {
          socket = c.getTcpPort(7000).connect("container:7000"); reader = socket.readable.getReader();
          const first = text((await reader.read()).value), writer = socket.writable.getWriter();
          await writer.write(new TextEncoder().encode("ping"));
          return [first, text((await reader.read()).value), (await reader.read()).done];
        } catch (error) {
          if (tries > 20) throw error;
          await scheduler.wait(100);
        }
      }"""
    assert await world.run("raw", code) == ["220 ready", "PING", True]
