"""`.env` and `.dev.vars`, as dotenv and dotenv-expand read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.config import ConfigurationError
from pywrangler.config.dotenv import (
    default_env_files,
    parse_dotenv,
    read_env_files,
    read_worker_variables,
)
from pywrangler.sensitive import Sensitive


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("  export A = one two  # said twice", {"A": "one two"}),
        ("A: yaml", {"A": "yaml"}),
        ("A=", {"A": ""}),
        ("A='it # stays \\n'", {"A": "it # stays \\n"}),
        ('A="two\\nlines"', {"A": "two\nlines"}),
        ('A="two\nlines"', {"A": "two\nlines"}),
        ("A=`both \"and' quotes`", {"A": "both \"and' quotes"}),
        ('A={"json": true}', {"A": '{"json": true}'}),
        ("A=$HOME", {"A": "$HOME"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=1\rB=2", {"A": "1", "B": "2"}),
        ("\u00fc=1\nA=2", {"A": "2"}),
        ("A=1\nA=2", {"A": "2"}),
        ("# A=1\n\nnonsense\nB.c-d=2", {"B.c-d": "2"}),
    ],
)
def test_lines_are_read_as_dotenv_reads_them(line: str, expected: dict[str, str]) -> None:
    assert parse_dotenv(line) == expected


def revealed(values: dict[str, Sensitive[str]]) -> dict[str, str]:
    return {name: value.reveal() for name, value in values.items()}


def test_later_files_win_and_the_environment_over_all(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nB=1\nC=1\n")
    (tmp_path / ".env.local").write_text("B=2\n")
    files = [tmp_path / name for name in default_env_files("staging")]
    assert revealed(read_env_files(files, {"C": "3", "D": "4"})) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${A}b", "oneb"),
        ("$A-$MISSING.", "one-."),
        ("${MISSING:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY-other}", ""),
        ("${A:+there}", "there"),
        (r"\$A costs \$5", "$A costs $5"),
        ("$5", "$5"),
        ("$B", ""),
    ],
)
def test_references_lead_upwards_only(tmp_path: Path, value: str, expected: str) -> None:
    (tmp_path / ".env").write_text(f"A=one\nEMPTY=\nX={value}\nB=two\n")
    assert revealed(read_env_files([tmp_path / ".env"], {}))["X"] == expected


def test_variables_of_the_worker_come_from_the_closest_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FROM=env")
    assert revealed(read_worker_variables(tmp_path, None)) == {"FROM": "env"}
    (tmp_path / ".dev.vars").write_text("FROM=dev\nRAW=$FROM")
    assert revealed(read_worker_variables(tmp_path, "staging")) == {"FROM": "dev", "RAW": "$FROM"}
    (tmp_path / ".dev.vars.staging").write_text("FROM=staging")
    assert revealed(read_worker_variables(tmp_path, "staging")) == {"FROM": "staging"}
    (tmp_path / "given").write_text("FROM=given")
    assert revealed(read_worker_variables(tmp_path, "staging", ["given"])) == {"FROM": "given"}


def test_values_do_not_show_themselves(tmp_path: Path) -> None:
    (tmp_path / ".dev.vars").write_text("KEY=hunter2")
    assert "hunter2" not in repr(read_worker_variables(tmp_path, None))


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".dev.vars").mkdir()
    with pytest.raises(ConfigurationError):
        read_worker_variables(tmp_path, None)
