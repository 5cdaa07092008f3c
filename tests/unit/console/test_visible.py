"""What a terminal would obey never reaches it: each character, and each way that a text is printed."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator

import pytest

from pywrangler.commands.containers.logs import readable as readable_container_line
from pywrangler.commands.local.logs import readable as readable_platform_line
from pywrangler.commands.tail.events import readable_event
from pywrangler.console import Console, LogLevel
from pywrangler.console.visible import visible_json, visible_line, visible_lines, without_colours
from pywrangler.errors import PywranglerError, UsageError
from tests.support.cli import Typed
from tests.test_imports import modules

NASTY = "a\x1b[31mred\x1b[0m\x00\x07\x08\x7f\x9b2J\x85\r\nforged\u202egpj\u2066x\u2069\u2028y\udc80z\x0b\x0c"


def dangerous(text: str) -> list[str]:
    """What of `text` should not have been printed."""
    return [
        c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\u202e\u2066\u2069"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("für 日本 \U0001f468\u200d\U0001f469 العربية", "für 日本 \U0001f468\u200d\U0001f469 العربية"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\x7f", "\\x7f"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x85\u2028\u2029", "\\x85\\u2028\\u2029"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("\u2066a\u2069\u200f\u061c", "\\u2066a\\u2069\\u200f\\u061c"),
        (os.fsdecode(b"caf\xe9"), "caf\\udce9"),
        ("\ud800x", "\\ud800x"),
        ("\x00", "\\x00"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_a_line_of_text_is_made_visible(text: str, line: str) -> None:
    assert visible_line(text) == line


def test_every_control_character_is_an_escape() -> None:
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xD800,
        0xDFFF,
    ):
        assert visible_line(chr(code)).isascii()
        assert visible_line(chr(code)).isprintable()


def test_lines_stay_lines() -> None:
    assert visible_lines("a\n\tb\r\nc\rd\x1b[2K\x85") == "a\n\tb\nc\\rd\\x1b[2K\\x85"


def test_json_says_the_same_and_has_only_its_own_escapes() -> None:
    value = {"name": NASTY, "more": [NASTY + "\u009f\ufffa", "日本 \U0001f600"], "\u202e": None}
    text = visible_json(json.dumps(value, indent=2, ensure_ascii=False))
    assert json.loads(text) == value
    assert dangerous(text.replace("\n", "")) == []
    assert "日本 \U0001f600" in text


def test_only_colours_are_left_out() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b[38:5:1mx\x1b[m \x1b[2J\x1b]8;;http://a\x07link\x1b[31"
    assert without_colours(text) == "red x \x1b[2J\x1b]8;;http://a\x07link\x1b[31"


def a_console(stream: Callable[..., io.StringIO], *, level: LogLevel = LogLevel.DEBUG) -> Console:
    environment = {"TERM": "xterm", "NO_COLOR": "1" if stream is io.StringIO else ""}
    return Console(
        stdout=stream(),
        stderr=stream(),
        stdin=stream("1\nyes\n1\nyes\n"),
        environment=environment,
        level=level,
        interactive=True,
    )


WAYS: dict[str, Callable[[Console], object]] = {
    "info": lambda made: made.info(NASTY),
    "success": lambda made: made.success(NASTY),
    "warning": lambda made: made.warning(NASTY),
    "debug": lambda made: made.debug(NASTY),
    "result": lambda made: made.result(NASTY),
    "error": lambda made: made.error(PywranglerError(NASTY)),
    "table": lambda made: made.table(("A", "B"), [(NASTY, "b"), (1, NASTY)]),
    "record": lambda made: made.record([(NASTY, NASTY)]),
    "confirm": lambda made: made.confirm(NASTY),
    "ask": lambda made: made.ask(NASTY),
    "choose": lambda made: made.choose(NASTY, [NASTY]),
}


@pytest.mark.parametrize("stream", [io.StringIO, Typed], ids=["pipe", "terminal"])
@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_printed_is_visible_and_forges_no_line(
    way: str, stream: Callable[..., io.StringIO]
) -> None:
    made = a_console(stream)
    WAYS[way](made)
    printed = printed_by(made)
    assert dangerous(without_colours(printed).replace("\n", "")) == []
    assert "\x1b[31mred" not in printed
    assert "\\x1b[31mred" in printed
    assert not any(line.strip().startswith("forged") for line in printed.splitlines())


@pytest.mark.parametrize("stream", [io.StringIO, Typed], ids=["pipe", "terminal"])
def test_so_is_progress(stream: Callable[..., io.StringIO]) -> None:
    made = a_console(stream)
    with made.progress() as progress:
        task = progress.task(NASTY)
        task.update(NASTY)
        made.info(NASTY)
        progress.task("other").failed(NASTY)
        task.done(NASTY)
    printed = printed_by(made)
    assert "\x1b[31mred" not in printed
    assert printed.count("\\x1b[31mred") > 3
    assert not any(line.strip().startswith("forged") for line in printed.splitlines())
    assert not set("\x00\x07\x7f\x9b\x85\u202e\u2066\u2028\udc80") & set(printed)


def test_lines_that_are_meant_stay_and_are_visible() -> None:
    made = a_console(io.StringIO)
    made.warning("one\n  two\x1b[2K", multiline=True)
    made.error(PywranglerError("message", detail="one\ntwo\x1b[2K\u202e", hint="three\nfour\x07"))
    assert printed_by(made) == (
        "Warning: one\n  two\\x1b[2K\nError: message\n\none\ntwo\\x1b[2K\\u202e\n\nthree\nfour\\x07\n"
    )


def test_a_value_is_exact_in_a_pipe_and_harmless_on_a_terminal() -> None:
    raw = io.BytesIO()
    made = Console(stdout=io.TextIOWrapper(raw), stderr=io.StringIO(), environment={})
    made.write(b"\x1b[31m\x00\xff\r\n")
    assert raw.getvalue() == b"\x1b[31m\x00\xff\r\n"
    seen = a_console(Typed)
    seen.write("für\n\x1b[31mred".encode())
    assert printed_by(seen) == "für\n\\x1b[31mred"
    with pytest.raises(UsageError, match=r"not text \(3 bytes\)"):
        a_console(Typed).write(b"\x89PN")


def test_an_encoding_that_lacks_a_character_gets_its_escape() -> None:
    for encoding in ("ascii", "latin-1"):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        made = Console(stdout=stream, stderr=stream, environment={})
        made.result("1 → 2")
        made.json({"a": "→ \U0001f600 ü"})
        stream.flush()
        lines = raw.getvalue().decode(encoding).splitlines()
        assert lines[0] == "1 \\u2192 2"
        assert json.loads("".join(lines[1:])) == {"a": "→ \U0001f600 ü"}


def test_lines_of_logs_and_events_have_one_line_for_each_entry() -> None:
    line = {
        "time": "2026-11-23T08:00:00Z",
        "text": "said\n" + NASTY,
        "durable_object_name": NASTY,
        "durable_object_id": None,
        "instance": "i",
    }
    event = {
        "eventTimestamp": 0,
        "outcome": NASTY,
        "entrypoint": NASTY,
        "event": {"request": {"method": NASTY, "url": NASTY}},
        "logs": [{"level": "log", "message": [NASTY]}],
        "exceptions": [{"name": NASTY, "message": NASTY, "stack": NASTY}],
    }
    for text in (
        readable_container_line(json.dumps(line)),
        readable_platform_line(json.dumps(line)),
        readable_event(event),
    ):
        printed = visible_lines(text)
        heading, *others = printed.splitlines()
        assert heading[:2] in ("20", "19")
        assert all(each.startswith("  ") for each in others)
        assert dangerous(printed.replace("\n", "")) == []


def prints(code: ast.Module) -> Iterator[ast.AST]:
    """Where a module writes to the user by itself."""
    for node in ast.walk(code):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "echo",
            "secho",
            "write",
            "writelines",
        ):
            called = ast.unparse(node.func)  # slow, so of few calls only
            if (
                called in ("typer.echo", "typer.secho", "click.echo")
                or "stdout." in called
                or "stderr." in called
            ):
                yield node


@pytest.mark.slow
def test_nothing_is_printed_around_the_console() -> None:
    # The version, the daemon's own standard error, which is a file of JSON, and what only a parent reads.
    own = {"commands.running.app", "commands.shared.options", "local.daemon.__main__", "local.daemon.steps"}
    own.add("credentials.vault_process")
    found = {name for name, code in modules() if not name.startswith("console") and any(prints(code))}
    assert found == own


def test_a_command_line_is_quoted_visibly() -> None:
    """An undecodable argument, in a locale of its own, too."""
    for locale in ("C.UTF-8", "C"):
        done = subprocess.run(
            [sys.executable, "-m", "pywrangler_containers", "containers", b"in\xff\x1b[31m\nforged"],
            capture_output=True,
            env={**os.environ, "LC_ALL": locale, "NO_COLOR": "1"},
        )
        assert done.returncode == 2, done.stderr
        assert b"\x1b" not in done.stderr
        assert b"\nforged" not in done.stderr
        assert b"\\udcff\\x1b[31m\\nforged" in done.stderr


def printed_by(made: Console) -> str:
    assert isinstance(made.stdout, io.StringIO)
    assert isinstance(made.stderr, io.StringIO)
    return made.stdout.getvalue() + made.stderr.getvalue()
