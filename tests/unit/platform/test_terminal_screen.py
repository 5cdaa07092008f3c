"""The screen of the page's terminal: what programs write becomes rows of text, cursor and styles."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.rest.dashboard.pages import FILES

ESC = "\x1b"
SCRIPT = """
import { Screen } from "%(screen)s";
import { typed } from "%(keys)s";
let text = "";
for await (const piece of process.stdin) text += piece;
const results = JSON.parse(text).map(({ rows, columns, pieces, size, keys, application }) => {
  if (keys) return keys.map((key) => typed(key, application ?? false));
  const screen = new Screen(rows, columns);
  const answers = [];
  screen.answer = (words) => answers.push(words);
  for (const piece of pieces) screen.write(piece);
  if (size) screen.resize(...size);
  const line = (cells) => cells.map((cell) => cell.text).join("").trimEnd();
  return {
    lines: screen.lines.map(line), past: screen.past.map(line), answers,
    cursor: [screen.row, screen.column], style: screen.lines[0][0].style, modes: screen.modes,
    widths: screen.lines.map((cells) => cells.length),
  };
});
console.log(JSON.stringify(results));
"""


@cache
def node() -> str | None:
    """The program that runs JavaScript; npm needs it, too."""
    return shutil.which("node", path=f"{os.environ['PATH']}:{Path(sys.executable).parent}")


pytestmark = [
    pytest.mark.slow,  # runs of Node
    pytest.mark.skipif(node() is None, reason="node is not installed"),
]


def ask(**case: Any) -> Any:
    """What the module makes of a case."""
    names = {name: (FILES / f"{name}.js").as_uri() for name in ("screen", "keys")}
    done = subprocess.run(
        [str(node()), "--input-type=module", "-e", SCRIPT % names],
        input=json.dumps([case]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0]


def screen(*pieces: str, rows: int = 4, columns: int = 10, size: tuple[int, int] | None = None) -> Any:
    return ask(rows=rows, columns=columns, pieces=pieces, size=size)


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("one\r\ntwo", ["one", "two", "", ""]),
        ("0123456789ab", ["0123456789", "ab", "", ""]),
        ("abc\b\bX", ["aXc", "", "", ""]),
        ("a\tb", ["a       b", "", "", ""]),
        (f"abc\r{ESC}[K", ["", "", "", ""]),
        (f"abcdef{ESC}[3D{ESC}[1K", ["    ef", "", "", ""]),
        (f"abc{ESC}[2J{ESC}[Hx", ["x", "", "", ""]),
        (f"{ESC}[3;4Hx{ESC}[A{ESC}[2Dy", ["", "  y", "   x", ""]),
        (f"abcdef{ESC}[1;3H{ESC}[2P", ["abef", "", "", ""]),
        (f"abcdef{ESC}[1;3H{ESC}[2@", ["ab  cdef", "", "", ""]),
        (f"a\r\nb\r\nc{ESC}[1;1H{ESC}[L", ["", "a", "b", "c"]),
        (f"a\r\nb\r\nc{ESC}[1;1H{ESC}[M", ["b", "c", "", ""]),
        (f"1\r\n2\r\n3\r\n4{ESC}[2;3r{ESC}[3;1H\n\nx", ["1", "", "x", "4"]),
        (f"{ESC}]0;a title\x07text", ["text", "", "", ""]),
        (f"{ESC}]0;a title{ESC}\\text", ["text", "", "", ""]),
        (f"{ESC}(B{ESC}[?7lab", ["ab", "", "", ""]),
        (f"main{ESC}[?1049hother", ["    other", "", "", ""]),
        (f"main{ESC}[?1049hother{ESC}[?1049l", ["main", "", "", ""]),
        (f"{ESC}[999999999999mok", ["ok", "", "", ""]),
        (f"x{ESC}[<nonsense", ["xonsense", "", "", ""]),
        ("日本x", ["日本x", "", "", ""]),
        ("e\u0301x", ["e\u0301x", "", "", ""]),
    ],
)
def test_what_is_written_becomes_lines(written: str, lines: list[str]) -> None:
    assert screen(written)["lines"] == lines


def test_sequences_may_come_in_pieces() -> None:
    whole = f"a{ESC}[2;3Hb{ESC}[31mc{ESC}]0;t\x07d"
    assert screen(*whole) == screen(whole)


def test_lines_that_leave_the_screen_are_kept() -> None:
    shown = screen("1\r\n2\r\n3\r\n4\r\n5\r\n6")
    assert (shown["past"], shown["lines"]) == (["1", "2"], ["3", "4", "5", "6"])
    assert screen(f"{ESC}[?1049h1\r\n2\r\n3\r\n4\r\n5")["past"] == []


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("1;31", {"fore": 1, "back": None, "marks": "bold"}),
        ("91;104", {"fore": 9, "back": 12, "marks": ""}),
        ("38;5;196", {"fore": "rgb(255 0 0)", "back": None, "marks": ""}),
        ("48;5;250", {"fore": None, "back": "rgb(188 188 188)", "marks": ""}),
        ("38;2;1;2;3;4", {"fore": "rgb(1 2 3)", "back": None, "marks": "under"}),
        ("1;4;22", {"fore": None, "back": None, "marks": "under"}),
        ("1;31;0", {"fore": None, "back": None, "marks": ""}),
        ("", {"fore": None, "back": None, "marks": ""}),
    ],
)
def test_styles(codes: str, style: dict[str, Any]) -> None:
    assert screen(f"{ESC}[{codes}mx")["style"] == style


def test_questions_are_answered() -> None:
    assert screen(f"ab{ESC}[6n{ESC}[5n{ESC}[c")["answers"] == [f"{ESC}[1;3R", f"{ESC}[0n", f"{ESC}[?1;2c"]


def test_another_size() -> None:
    smaller = screen("1\r\n2\r\n3\r\n4", size=(2, 6))
    assert (smaller["past"], smaller["lines"], smaller["cursor"]) == (["1", "2"], ["3", "4"], [1, 1])
    assert smaller["widths"] == [6, 6]
    larger = screen("1\r\n2", size=(6, 20))
    assert (larger["lines"][:2], larger["widths"], larger["cursor"]) == (["1", "2"], [20] * 6, [1, 1])


def key(name: str, **modifiers: bool) -> dict[str, Any]:
    held = {f"{each}Key": modifiers.get(each, False) for each in ("shift", "ctrl", "alt", "meta")}
    return {"key": name, **held}


def test_keys() -> None:
    keys = {
        "\r": key("Enter"), "\x7f": key("Backspace"), "\t": key("Tab"), f"{ESC}[Z": key("Tab", shift=True),
        f"{ESC}[A": key("ArrowUp"), f"{ESC}[1;5C": key("ArrowRight", ctrl=True), "\x03": key("c", ctrl=True),
        "\x1c": key("\\", ctrl=True), f"{ESC}f": key("f", alt=True), f"{ESC}[3~": key("Delete"),
        "\0": key(" ", ctrl=True),
    }  # fmt: skip
    assert ask(keys=list(keys.values())) == list(keys)
    assert ask(keys=[key("ArrowUp")], application=True) == [f"{ESC}OA"]
    browsers = [
        key("a"),
        key("C", ctrl=True, shift=True),
        key("v", meta=True),
        key("Shift"),
        key("é", alt=True),
    ]
    assert ask(keys=browsers) == [None] * len(browsers)
