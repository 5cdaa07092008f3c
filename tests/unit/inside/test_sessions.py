"""Programs in a container, with real programs behind a small engine."""

from __future__ import annotations

import os
import pty
import signal
import struct
import termios
import threading
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.session import EngineSession
from pywrangler.errors import MissingError
from pywrangler.inside import sessions
from pywrangler.inside.programs import ContainerProgram
from pywrangler.inside.sessions import ProgramNotStartedError, ProgramStreams, run_program, start_program
from tests.support.servers.exec_engine import ExecEngine
from tests.support.waiting import eventually


class Shown:
    """What a program wrote."""

    def __init__(self) -> None:
        self.written = {1: b"", 2: b""}

    def write(self, number: int, content: bytes) -> None:
        self.written[number] += content


def run(
    box: ExecEngine, *words: str, typed: bytes | None = None, shown: Shown | None = None, **options: object
) -> tuple[int, bytes, bytes]:
    """Run a program; its exit status, output and errors."""
    shown = shown or Shown()
    program = ContainerProgram(words, has_input=typed is not None, **options)  # type: ignore[arg-type]
    stdin = None
    if typed is not None:
        stdin, writing = os.pipe()

        def type_in() -> None:
            with suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as target:
                left = memoryview(typed)
                while left:
                    left = left[target.write(left) :]

        threading.Thread(target=type_in, daemon=True).start()
    try:
        status = run_program(EngineSession(box.address), "box", program, ProgramStreams(stdin, shown.write))
    finally:
        if stdin is not None:
            os.close(stdin)
    return status, shown.written[1], shown.written[2]


def test_output_errors_and_the_exit_status_come_out(box: ExecEngine) -> None:
    script = 'printf "$WORD"; printf no >&2; exit 3'
    assert run(box, "sh", "-c", script, variables=("WORD=yes",)) == (3, b"yes", b"no")


@pytest.mark.parametrize("size", [0, 7, 3_000_000])
def test_input_goes_in_to_its_end_and_output_comes_back_unchanged(box: ExecEngine, size: int) -> None:
    content = os.urandom(size)
    assert run(box, "cat", typed=content) == (0, content, b"")


def test_input_that_no_one_reads_is_dropped(box: ExecEngine) -> None:
    assert run(box, "true", typed=b"x" * 3_000_000)[0] == 0


def test_a_program_that_does_not_exist_has_the_status_of_shells(box: ExecEngine) -> None:
    with pytest.raises(ProgramNotStartedError) as caught:
        run(box, "no-such-program")
    assert caught.value.status == 127
    assert "no-such-program" in caught.value.message


def test_output_that_looks_like_a_refusal_is_output(box: ExecEngine) -> None:
    text = "OCI runtime exec failed: exec failed: unable to start container process: said the program"
    assert run(box, "echo", text) == (0, f"{text}\n".encode(), b"")


def test_a_program_can_be_left_running(box: ExecEngine, tmp_path: Path) -> None:
    file = tmp_path / "done"
    start_program(EngineSession(box.address), "box", ContainerProgram(("touch", str(file))))
    eventually(file.exists, what="what the program does")
    eventually(lambda: box.programs[0].exit_code == 0, what="its end")
    with pytest.raises(ProgramNotStartedError) as caught:
        start_program(EngineSession(box.address), "box", ContainerProgram(("no-such-program",)))
    assert caught.value.status == 127


def test_a_container_that_is_gone_is_the_engines_refusal(box: ExecEngine) -> None:
    with pytest.raises(EngineRefusedError, match="No such container: gone"):
        start_program(EngineSession(box.address), "gone", ContainerProgram(("true",)))


def test_an_engine_that_is_gone_is_named(tmp_path: Path) -> None:
    address = EngineAddress(f"unix://{tmp_path}/none", "the test")
    with pytest.raises(MissingError, match="none"):
        start_program(EngineSession(address), "box", ContainerProgram(("true",)))


def test_ctrl_c_reaches_the_program(box: ExecEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    # A program of this machine has one number only, as in a container that shares the machine's.
    monkeypatch.setattr(sessions, "_number_inside", lambda pid: pid)

    class Interrupting(Shown):
        def write(self, number: int, content: bytes) -> None:
            super().write(number, content)
            if b"ready" in content:
                os.kill(os.getpid(), signal.SIGINT)

    script = 'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.02; done'
    status, output, _ = run(box, "sh", "-c", script, shown=Interrupting())
    assert (status, output) == (4, b"ready\ncaught\n")
    assert [each.body["Cmd"][0] for each in box.programs] == ["sh", "sh"]


def test_ctrl_c_that_cannot_be_passed_on_ends_the_command(box: ExecEngine) -> None:
    class Interrupting(Shown):
        def write(self, number: int, content: bytes) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(box, "sh", "-c", "echo ready; read _ && sleep 5", shown=Interrupting())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_terminal_has_the_users_size(box: ExecEngine) -> None:
    outer, inner = pty.openpty()
    try:
        ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        shown = Shown()
        program = ContainerProgram(("sh", "-c", "echo shown"), has_terminal=True)
        streams = ProgramStreams(None, shown.write, terminal=inner)
        assert run_program(EngineSession(box.address), "box", program, streams) == 0
    finally:
        os.close(outer)
        os.close(inner)
    (ran,) = box.programs
    assert (ran.start["ConsoleSize"], ran.sizes) == ([30, 100], ["30x100"])
    assert shown.written[1] == b"shown\n", "a terminal's output has no frames"
