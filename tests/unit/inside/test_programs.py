"""What the engine is asked to run, and how its refusals are understood."""

from __future__ import annotations

import pytest

from pywrangler.inside.programs import ContainerProgram, explain, read_variables

OCI = "OCI runtime exec failed: exec failed: unable to start container process: "


def test_only_a_terminal_gets_detach_keys() -> None:
    plain = ContainerProgram(("ls", "-l"), has_input=True).create_body()
    assert plain["Cmd"] == ["ls", "-l"]
    assert plain["AttachStdin"] is True
    assert not {"DetachKeys", "User", "WorkingDir"} & plain.keys()
    shown = ContainerProgram(("sh",), has_terminal=True, user="1:2", directory="/tmp").create_body()
    assert shown["Tty"] is True
    assert shown["AttachStdin"] is False
    assert "ctrl-p" not in shown["DetachKeys"]
    assert (shown["User"], shown["WorkingDir"]) == ("1:2", "/tmp")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (f'{OCI}exec: "x": executable file not found in $PATH: unknown', 127, "has no program `x`"),
        (f'{OCI}exec: "x": stat /x: no such file or directory: unknown', 127, "has no program `x`"),
        (f'{OCI}exec: "x": permission denied: unknown', 126, "`x` is not an executable program"),
        (f'{OCI}chdir to cwd ("/d") set in config.json failed: no such', 126, "has no directory `/d`"),
        ("unable to find user u: no matching entries in passwd file", 126, "has no user `u`"),
        (f"{OCI}something else: unknown\r\n", 126, "`x` could not be started: something else."),
    ],
)
def test_a_refusal_has_the_status_of_shells(words: str, status: int, message: str) -> None:
    found = explain(words, ContainerProgram(("x",), user="u", directory="/d"))
    assert found.status == status
    assert message in found.message


def test_variables_of_options_win_over_those_of_files() -> None:
    environment = {"HERE": "from here"}
    files = ["# a comment\nA=1\n\nB='quoted'\nHERE\nMISSING\n", "A=2\n"]
    assert read_variables(["B=3=4", "EMPTY=", "ALSO_MISSING"], files, environment) == (
        "A=2",
        "B=3=4",
        "HERE=from here",
        "EMPTY=",
    )
