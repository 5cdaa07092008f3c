"""`ctx.container.exec` and its `ExecProcess`, one member after the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pywrangler.engine.calls import EngineCalls
from pywrangler.local.gateway.exec import execs
from tests.local.gateway.world import World
from tests.support.containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


async def test_output_has_the_streams_and_the_exit_code(world: World) -> None:
    code = """await up(); const p = await c.exec(["sh", "-c", "echo out; echo err >&2; exit 7"]);
      const o = await p.output();
      return [text(o.stdout), text(o.stderr), o.exitCode, await p.exitCode, p.isPty];"""
    assert await world.run("raw", code) == ["out\n", "err\n", 7, 7, False]


async def test_the_command_its_directory_variables_and_user_are_those_of_the_options(world: World) -> None:
    code = """await up({ env: { OF_START: "1" } });
      const run = async (cmd, options) => text((await (await c.exec(cmd, options)).output()).stdout);
      return [await run(["printf", "%s|", "a b", "$HOME", ""]), await run(["pwd"], { cwd: "/usr/lib" }),
        await sh("echo $OF_START $ONE", { env: { ONE: "eins" } }),
        await run(["id", "-u"], { user: "1000" })];"""
    assert await world.run("raw", code) == ["a b|$HOME||", "/usr/lib\n", "1 eins\n", "1000\n"]


async def test_standard_input_is_a_pipe_or_a_stream(world: World) -> None:
    code = """await up(); const p = await c.exec(["cat"], { stdin: "pipe" }); const w = p.stdin.getWriter();
      await w.write(new TextEncoder().encode("piped")); await w.close();
      const one = text((await p.output()).stdout);
      const stdin = new Blob(["streamed"]).stream();
      return [one, text((await (await c.exec(["cat"], { stdin })).output()).stdout)];"""
    assert await world.run(
        "raw", code.replace('c.exec(["cat"]);', 'c.exec(["cat"], { stdin: "pipe" });')
    ) == [
        "piped",
        "streamed",
    ]


async def test_outputs_are_ignored_or_combined(world: World) -> None:
    code = """await up(); const script = ["sh", "-c", "echo out; echo err >&2"];
      const quiet = await c.exec(script, { stdout: "ignore", stderr: "ignore" });
      const both = await c.exec(script, { stderr: "combined" });
      const o = await both.output();
      // The engine reads two pipes: the order of lines that come at the same time is open.
      const lines = text(o.stdout).split("\\n").sort();
      return [quiet.stdout, quiet.stderr, await quiet.exitCode, lines, both.stderr];"""
    assert await world.run("raw", code) == [None, None, 0, ["", "err", "out"], None]


async def test_the_process_id_is_the_one_inside_the_container(world: World) -> None:
    code = """await up(); const p = await c.exec(["sh", "-c", "sleep 0.5; echo $$"]);
      return [p.pid, Number(text((await p.output()).stdout))];"""
    pid, inside = await world.run("raw", code)
    assert pid == inside > 1


async def test_kill_sends_signals_to_this_process_only(world: World) -> None:
    code = """await up(); const script = "trap 'exit 5' TERM; echo on; while :; do sleep 0.1; done";
      const p = await c.exec(["sh", "-c", script]);
      const other = await c.exec(["sleep", "60"]); const r = p.stdout.getReader(); await r.read();
      p.kill(); const code = await p.exitCode; other.kill(9);
      return [code, await other.exitCode, await sh("ls -a /tmp"), await get("/argv")];"""
    code_, other, temporary, still = await world.run("raw", code)
    assert (code_, other, still) == (5, 137, '["from-the-image"]')
    assert temporary.split() == [".", ".."]


async def test_an_abort_signal_ends_the_process(world: World) -> None:
    code = """await up(); const p = await c.exec(["sleep", "60"], { signal: AbortSignal.timeout(300) });
      return await told(() => p.exitCode);"""
    assert (await world.run("raw", code)).get("value") != 0


async def test_a_terminal_has_its_size_from_the_start_and_is_resized(world: World) -> None:
    code = """await up(); const pty = { cols: 101, rows: 33 };
      const at = text((await (await c.exec(["stty", "size"], { pty })).output()).stdout).trim();
      const script = "trap 'stty size; exit' WINCH; echo on; while :; do sleep 0.1; done";
      const p = await c.exec(["sh", "-c", script], { pty: true });
      const r = p.stdout.getReader(); await r.read(); p.resize(80, 24);
      return [at, p.isPty, p.stderr, text((await r.read()).value).trim()];"""
    assert await world.run("raw", code) == ["33 101", True, None, "24 80"]


async def test_the_end_of_the_input_of_a_terminal(world: World) -> None:
    code = """await up(); const type = async (...pieces) => {
        const p = await c.exec(["cat"], { pty: true }), writer = p.stdin.getWriter();
        for (const piece of pieces) await writer.write(new TextEncoder().encode(piece));
        await writer.close();
        const o = await p.output(); return [text(o.stdout), o.exitCode];
      };
      return [await type("a line\\n"), await type("no line"), await type()];"""
    lines, no_line, nothing = await world.run("raw", code)
    assert lines == ["a line\r\na line\r\n", 0]
    assert (no_line[0].replace("\x08", "").replace("^D", ""), no_line[1]) == ("no lineno line", 0)
    assert nothing[1] == 0


async def test_calls_after_the_end_of_the_process_have_no_effect(world: World) -> None:
    code = """await up(); const stop = new AbortController();
      const p = await c.exec(["true"], { pty: true, signal: stop.signal }); await p.output();
      p.kill(); p.kill(9); p.resize(80, 24); stop.abort();
      return [await told(() => p.output()), await sh("echo well")];"""
    told, still = await world.run("raw", code)
    assert told == {"threw": "TypeError", "message": "output() can only be called once."}
    assert still == "well\n"


async def test_the_end_of_the_container_is_the_end_of_its_processes(world: World) -> None:
    code = """await up(); const p = await c.exec(["sh", "-c", "echo early; sleep 60"]);
      const reader = p.stdout.getReader(), first = text((await reader.read()).value);
      const code = p.exitCode; await c.destroy();
      return [first, (await reader.read()).done, await code, c.running];"""
    assert await world.run("raw", code) == ["early\n", True, 137, False]


async def test_the_engine_may_forget_a_process_before_anyone_asks_for_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = EngineCalls.exec_state

    async def state(engine: EngineCalls, exec_id: str) -> dict[str, Any]:
        while True:  # The end of its container is a refusal.
            if (found := await known(engine, exec_id))["Running"] or found["ExitCode"] is None:
                return found
            await asyncio.sleep(0.01)

    monkeypatch.setattr(EngineCalls, "exec_state", state)
    code = 'await up(); const p = await c.exec(["sleep", "9"]); await c.destroy(); return await p.exitCode;'
    assert await world.run("raw", code) == 137


async def test_each_of_many_programs_starts(world: World) -> None:
    code = """await up(); const codes = [...Array(60).keys()];
      const one = async (n) => await (await c.exec(["sh", "-c", `exit ${n}`])).exitCode;
      return await Promise.all(codes.map(one));"""
    assert await world.run("raw", code) == list(range(60))


@pytest.mark.parametrize(
    ("command", "options", "reason"),
    [
        ("no-such-program", "{}", 'exec: "no-such-program": executable file not found in \\$PATH'),
        ("/etc", "{}", 'exec: "/etc": (permission denied|is a directory)'),
        ("true", '{ cwd: "/none" }', 'chdir to cwd \\("/none"\\)'),
        ("true", '{ user: "nobody-else" }', "unable to find user nobody-else"),
    ],
)
async def test_a_program_that_cannot_start_rejects(
    world: World, command: str, options: str, reason: str
) -> None:
    code = f"""await up(); const o = await told(() => c.exec(["{command}"], {options}));
      return [o, await sh("echo well")];"""
    [told, still] = await world.run("raw", code)
    assert still == "well\n"
    with pytest.raises(RuntimeError, match=reason):
        raise RuntimeError(told["message"])


async def test_an_image_without_a_shell_has_exec_all_the_same(world: World, bare_image: str) -> None:
    world.change("Raw", image=bare_image)
    code = """c.start({}); object.watch(); await get("/index.html");
      const p = await c.exec(["/bin/echo", "no shell"]); const o = await p.output();
      const long = await c.exec(["/bin/sleep", "60"]); long.kill();
      const refused = await told(() => c.exec(["/bin/sh", "-c", "true"]));
      return [text(o.stdout), o.exitCode, await long.exitCode, refused];"""
    [out, status, killed, refused] = await world.run("raw", code)
    assert (out, status, killed) == ("no shell\n", 0, 143)
    assert 'exec: "/bin/sh"' in refused["message"]


async def test_exec_of_a_container_that_does_not_run_throws(world: World) -> None:
    assert await world.run("raw", 'return await told(() => c.exec(["true"]));') == {
        "threw": "Error",
        "message": "exec() cannot be called on a container that is not running.",
    }


@pytest.fixture(scope="module")
def bare_image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with single programs and nothing else."""
    directory = tmp_path_factory.mktemp("bare")
    (directory / "Dockerfile").write_text(
        "FROM busybox:1.35 AS tools\nRUN mkdir /www && echo here > /www/index.html\nFROM scratch\n"
        "COPY --from=tools /bin/busybox /bin/httpd\nCOPY --from=tools /bin/busybox /bin/echo\n"
        "COPY --from=tools /bin/busybox /bin/sleep\nCOPY --from=tools /www /www\n"
        'CMD ["/bin/httpd", "-f", "-p", "8080", "-h", "/www"]\n'
    )
    build = ("buildx", "build", "--load", "--quiet", "--provenance=false", "--tag", "pywrangler-bare-test:1")
    return docker(*build, str(directory))


async def test_where_processes_are_out_of_sight_the_shell_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execs, "is_visible", lambda *_: False)
    code = """await up(); const p = await c.exec(["sleep", "60"]); p.kill();
      const missing = await (await c.exec(["no-such-program"])).output();
      return [await p.exitCode, missing.exitCode, await told(() => c.exec(["true"], { cwd: "/none" }))];"""
    killed, status, refused = await world.run("raw", code)
    assert (killed, status) == (143, 127)
    assert 'chdir to cwd ("/none")' in refused["message"]


async def test_a_platform_that_may_not_signal_lets_the_container_do_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execs, "send_signal", lambda *_: False)
    code = 'await up(); const p = await c.exec(["sleep", "60"]); p.kill(); return await p.exitCode;'
    assert await world.run("raw", code) == 143
