"""Into and around instances: programs, files, ports, stops, restarts, figures."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tarfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import COMMAND, Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port
from tests.support.projects import Project
from tests.support.waiting import eventually

EXEC = ("containers", "exec")
pytestmark = [pytest.mark.docker, pytest.mark.workerd]


@pytest.fixture
def box(cli: Cli, project: Project, platform: Platform) -> str:
    """A deployed project with the instance `one`; what names it."""
    cli.run("deploy", "--no-wait").check()
    assert request(f"{platform.worker_url(project.name)}/?name=one").text == "box 1\n"
    return f"{project.application}/one"


def binary(project: Project, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *arguments]
    return subprocess.run(
        command, cwd=project.directory, input=stdin, capture_output=True, timeout=60, check=False
    )


def test_programs_and_files(cli: Cli, project: Project, box: str) -> None:
    run = cli.run
    shown = run(
        "containers",
        "exec",
        "-u",
        "7:8",
        "-w",
        "/tmp",
        "-e",
        "A=1",
        box,
        "sh",
        "-c",
        "id; pwd; echo $A; exit 9",
    )
    assert (shown.status, shown.stdout) == (9, "uid=7 gid=8 groups=8\n/tmp\n1\n")
    apart = run("containers", "exec", box, "--", "sh", "-c", "echo out; echo err >&2; exit 130")
    assert (apart.status, apart.stdout, apart.stderr) == (130, "out\n", "err\n")
    for word, status in (("nosuch", 127), ("/etc/passwd", 126)):
        refused = run("containers", "exec", box, "--", word)
        assert (refused.status, refused.stdout) == (status, "")
        assert f"`{word}`" in refused.stderr
    assert run("containers", "exec", box, "--", "cat", stdin="not passed on").stdout == ""
    content = os.urandom(3_000_000)
    assert binary(project, "containers", "exec", "-i", box, "--", "cat", stdin=content).stdout == content

    (project.directory / "here").mkdir()
    (project.directory / "here/data").write_bytes(content)
    run("containers", "cp", "here", f"{box}:/tmp/there").check()
    run("containers", "cp", f"{box}:/tmp/there/.", "back").check()
    assert (project.directory / "back/data").read_bytes() == content
    packed = binary(project, "containers", "cp", f"{box}:/tmp/there", "-")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        assert archive.getnames() == ["there", "there/data"]
    assert binary(project, "containers", "cp", "-", f"{box}:/www", stdin=packed.stdout).returncode == 0
    assert run("containers", "exec", box, "--", "ls", "/www/there").stdout == "data\n"
    for source, words in (
        (f"{box}:/no", "no file or directory"),
        ("no", "no file or directory"),
        (f"{box}:/", ""),
    ):
        refused = run("containers", "cp", source, "x" if ":" in source else f"{box}:/no/where")
        assert (refused.status == 0) is (not words)
        assert words in refused.stderr
    assert "could not be unpacked" in run("containers", "cp", "-", f"{box}:/tmp", stdin="junk").stderr
    assert "not a directory" in run("containers", "cp", "-", f"{box}:/etc/passwd", stdin="junk").stderr


class Terminal:
    """A command in a terminal."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        self.resize(33, 91)

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=directory,
            env=environment | {"TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=take_terminal,  # noqa: PLW1509 - this process has no threads then
        )
        self.slave = slave
        self.seen = ""

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def expect(self, pattern: str, timeout_seconds: float = 30) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < deadline, f"{pattern} is not in {self.seen!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
        self.seen = self.seen[found.end() :]


@pytest.fixture
def shell(project: Project, box: str) -> Iterator[Terminal]:
    terminal = Terminal(project.directory, "containers", "exec", "-it", box, "--", "sh")
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
    terminal.process.wait()
    os.close(terminal.slave)
    os.close(terminal.master)


def test_a_terminal_and_ctrl_c(shell: Terminal, cli: Cli, box: str) -> None:
    before = termios.tcgetattr(shell.slave)
    shell.expect("# ")
    shell.type("stty size; tty\n")
    shell.expect("33 91\r\n/dev/pts")
    shell.resize(40, 120)
    shell.process.send_signal(signal.SIGWINCH)
    shell.type("sleep 0.5; stty size\n")
    shell.expect("40 120")
    shell.type("sleep 100\n")
    shell.expect("sleep 100")
    time.sleep(0.5)  # until `sleep` runs: the shell itself would only show another prompt
    shell.type("\x03")
    shell.type("echo st$((40+2))ill\n")
    shell.expect("st42ill")
    assert termios.tcgetattr(shell.slave)[3] & termios.ECHO == 0, "the terminal is raw meanwhile"
    shell.type("exit 5\n")
    assert shell.process.wait(20) == 5
    assert termios.tcgetattr(shell.slave) == before

    # Without a terminal, the signal is passed on.
    running = cli.start("containers", "exec", box, "--", "sh", "-c", "echo $$; exec sleep 987")
    eventually(running.shown)
    running.interrupt()
    ended = running.wait(20)
    assert (ended.status, ended.stderr) == (130, "")
    assert "987" not in cli.run("containers", "exec", box, "--", "ps").check().stdout


def test_ports_restarts_and_stops(cli: Cli, project: Project, platform: Platform, box: str) -> None:
    application, run = project.application, cli.run
    local = free_port()
    forward = cli.start("containers", "port-forward", box, f"{local}:8080", ":81")
    eventually(lambda: "to port 81" in forward.said())
    assert request(f"http://127.0.0.1:{local}/").text == "box 1\n"

    (before,) = run("containers", "stats", box, "--json").check().json
    assert before["application"] == application
    assert before["name"] == "one"
    assert before["memory_bytes"] > 10_000
    assert before["memory_limit_bytes"] == 256 * 1024 * 1024
    assert before["cpu_percent"] is not None
    assert f"{application}/one" in run("containers", "stats").check().stdout

    restarted = run("containers", "restart", box, "--json").check().json
    assert [each["outcome"] for each in restarted] == ["running"]
    run("containers", "wait", box, "--timeout", "30s").check()
    (after,) = run("containers", "stats", box, "--json").check().json
    assert after["id"] == restarted[0]["new_id"] != before["id"]
    assert request(f"http://127.0.0.1:{local}/").text == "box 1\n", "new connections go to the new instance"
    (other,) = re.findall(r"localhost:(\d+) to port 81", forward.said())
    with socket.create_connection(("127.0.0.1", int(other))) as closed:
        assert closed.recv(1) == b""
    assert "nothing in the instance listens" in forward.said()
    forward.interrupt()
    assert forward.wait(20).status == 130
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", local))

    waiting = cli.start("containers", "wait", box, "--for", "stopped")
    stopped = run("containers", "stop", application).check()
    assert "stopped" in stopped.stderr
    assert waiting.wait(20).status == 0
    assert platform.containers() == []
    (instance,) = platform.instances(application)
    assert instance["current_placement"]["status"]["health"] == "stopped"
    late = run("containers", "wait", box, "--timeout", "1s")
    assert (late.status, "is not ready after 1s" in late.stderr) == (3, True)
    refused = run("containers", "exec", box, "--", "true")
    assert "does not run (stopped: stopped by `containers stop`)" in refused.stderr
    assert "does not run" in run("containers", "stop", box).check().stderr
    assert run("containers", "stop", application, "--all", "--json").check().json == []
    assert request(f"{platform.worker_url(project.name)}/?name=one").text == "box 1\n"


def test_a_start_with_options_of_its_own_is_left_to_the_worker(
    cli: Cli, project: Project, platform: Platform
) -> None:
    project.replace(
        "src/index.js",
        'return getContainer(env.BOX, url.searchParams.get("name") ?? undefined).fetch(request);',
        'const box = getContainer(env.BOX, url.searchParams.get("name") ?? undefined);\n'
        '    await box.startAndWaitForPorts({ startOptions: { envVars: { OWN: "1" } } });\n'
        "    return box.fetch(request);",
    )
    cli.run("deploy").check()
    url, box = f"{platform.worker_url(project.name)}/?name=own", f"{project.application}/own"
    assert request(url).text == "box 1\n"
    restarted = cli.run("containers", "restart", box).check()
    assert "starts with its next request: its Worker's code passes options to the start" in restarted.stderr
    assert request(url).text == "box 1\n"
    assert cli.run("containers", "exec", box, "--", "sh", "-c", "echo $OWN").check().stdout == "1\n"


def test_json_of_instances_has_their_figures(cli: Cli, project: Project, platform: Platform) -> None:
    cli.run("deploy").check()
    rows = ("containers", "instances", project.application, "--json")
    (row,) = cli.run(*rows).check().json
    assert row["digest"].startswith("sha256:")
    size = (row["snapshot"], row["vcpu"], row["memory_mib"])
    assert size == (None, 0.0625, 256)
    assert row["ports"] == [8080]
    assert 0 < row["memory_bytes"] < 256 * 1024**2
    assert row["cpu_percent"] is not None
    assert row["restarts"] == 0
    cli.run("containers", "restart", project.application).check()
    (row,) = cli.run(*rows).check().json
    assert row["restarts"] == 1
    cli.run("containers", "stop", project.application).check()
    (row,) = cli.run(*rows).check().json
    assert (row["state"], row["ports"], row["memory_bytes"], row["restarts"]) == ("stopped", [], None, 1)
    paged = cli.run(*rows, "--per-page", "5").check().json
    assert paged["instances"][0]["restarts"] == 1


FROM_A_SNAPSHOT = """
import { DurableObject } from "cloudflare:workers";
export class Box extends DurableObject {
	async fetch() {
		const container = this.ctx.container, runs = async () => (await container.exec(["true"])).output();
		container.start();
		await runs();
		const { id } = await container.snapshotContainer({ name: "made by hand" });
		await container.destroy();
		container.start({ containerSnapshot: { id } });
		await runs();
		return new Response(id);
	}
}
export default { fetch: (request, env) => env.BOX.getByName("one").fetch(request) };
"""


def test_json_of_instances_has_the_snapshot_that_one_was_started_from(
    cli: Cli, project: Project, platform: Platform
) -> None:
    project.write("src/index.js", FROM_A_SNAPSHOT)
    cli.run("deploy", "--no-wait").check()
    snapshot = request(platform.worker_url(project.name), timeout_seconds=60).text
    rows = cli.run("containers", "instances", project.application, "--json").check().json
    assert [row["snapshot"] for row in rows if row["state"] == "running"] == [snapshot]
    [listed] = cli.run("local", "snapshots", "--json").check().json
    assert (listed["id"], listed["name"]) == (snapshot, "made by hand")
