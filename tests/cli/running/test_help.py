"""Help screens and completions say what the commands are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.running.typer_apps import load
from pywrangler.commands.tree import COMMANDS, GROUPS, Command, children
from scripts import man_page
from scripts.completions import DIRECTORY, scripts
from tests.support.cli import run
from tests.support.help_screens import SNAPSHOT, help_screens
from tests.support.shell import Shell


def test_the_help_screens_are_those_of_the_snapshot() -> None:
    """After a change on purpose: `python -m tests.support.help_screens`."""
    assert help_screens() == SNAPSHOT.read_text()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.path))
def test_every_command_explains_itself_with_an_example(command: Command) -> None:
    text = load(command).__doc__ or ""
    names = (" ".join(each.path) for each in COMMANDS if each.target == command.target)
    assert "| pywrangler " in text or any(f"Example: pywrangler {name}" in text for name in names)


def test_every_group_has_a_description_and_something_in_it() -> None:
    commands = {c.path for c in COMMANDS}
    assert {path[:n] for path in commands for n in range(1, len(path))} - commands == set(GROUPS)
    assert all(children(path) for path in GROUPS)


def test_the_completions_are_current() -> None:
    """After a change on purpose: `python -m scripts.completions`."""
    made = scripts()
    assert {name: (DIRECTORY / name).read_text() for name in made} == made


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pywrangler cont", {"containers"}),
        ("pywrangler containers in", {"info", "instances"}),
        ("pwr containers images list --fil", {"--filter"}),
        ("pywrangler containers --cwd somewhere list --js", {"--json"}),
        ("pywrangler deploy --containers-rollout i", {"immediate"}),
    ],
)
def test_bash_completes(line: str, expected: set[str]) -> None:
    words = line.split(" ")
    script = (
        f"source {DIRECTORY / 'pywrangler.bash'}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1};"
        ' _pywrangler; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=Path("/"))
    assert set(done.stdout.split()) == expected, done.stderr


CAPTURED: Any = {"capture_output": True, "text": True}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two environments."""
    fields = '{"name": "w", "main": "i.js", "env": {"staging": {}, "stable": {}, "other": {}}}'
    (tmp_path / "wrangler.jsonc").write_text(fields)
    return tmp_path


@pytest.mark.parametrize("line", ["pywrangler deploy -e sta", "pwr secret put K --env sta"])
def test_bash_completes_the_names_of_environments(project: Path, line: str) -> None:
    words = line.split(" ")
    script = (
        f"source {DIRECTORY / 'pywrangler.bash'}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1};"
        ' _pywrangler; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=project, env=surroundings
    )
    assert (sorted(done.stdout.split()), done.stderr) == (["stable", "staging"], "")


@pytest.mark.slow
def test_fish_completes_the_names_of_environments(project: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = f"source {DIRECTORY / 'pywrangler.fish'}; complete -C 'pwr deploy --env sta'"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["fish", "-c", script], capture_output=True, text=True, cwd=project, env=surroundings
    )
    assert sorted(line.split("\t")[0] for line in done.stdout.splitlines()) == ["stable", "staging"]


@pytest.mark.slow
def test_fish_completes() -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = f"source {DIRECTORY / 'pywrangler.fish'}; complete -C 'pwr deploy --containers-rollout '"
    done = subprocess.run(["fish", "-c", script], capture_output=True, text=True)
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == {"immediate", "gradual", "none"}


@pytest.mark.parametrize(("shell", "name"), [("zsh", "_pywrangler"), ("fish", "pywrangler.fish")])
def test_the_other_shells_understand_their_scripts(shell: str, name: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", DIRECTORY / name], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_zsh_completes_at_the_first_tab(tmp_path: Path) -> None:
    """zsh reads the file when the first word is completed; in that call it must complete, too."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "_pywrangler").write_text(scripts()["_pywrangler"])
    setup = f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -D; PS1='ready> '"
    for program in ("pywrangler", "pwr"):
        with Shell(["zsh", "-f"]) as shell:
            shell.type(setup + "\n")
            shell.read_until("ready> \x1b")
            shell.type(f"{program} con\t")
            shell.read_until(f"{program} containers")


@pytest.mark.parametrize("program", ["pywrangler", "pwr"])
def test_bash_finds_the_script_of_either_program(tmp_path: Path, program: str) -> None:
    loader = Path("/usr/share/bash-completion/bash_completion")
    if not loader.exists():
        pytest.skip("bash-completion is not installed")
    directory = tmp_path / "bash-completion" / "completions"
    directory.mkdir(parents=True)
    for name in ("pywrangler", "pwr"):
        (directory / name).write_text(scripts()[f"{name}.bash"])
    script = f"source {loader}; _completion_loader {program}; complete -p {program}"
    surroundings = {"XDG_DATA_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=surroundings)
    assert done.stdout == f"complete -o filenames -F _pywrangler {program}\n", done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("program", ["pywrangler", "pwr"])
def test_fish_finds_the_script_of_either_program(tmp_path: Path, program: str) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    directory = tmp_path / "fish" / "vendor_completions.d"
    directory.mkdir(parents=True)
    for name in ("pywrangler.fish", "pwr.fish"):
        (directory / name).write_text(scripts()[name])
    # fish looks for no script of a program that does not exist.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {"XDG_DATA_HOME": str(tmp_path), "PATH": path, "HOME": str(tmp_path)}
    command = ["fish", "-c", f"complete -C '{program} con'"]
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["containers"], done.stderr


@pytest.mark.parametrize("words", ["--help", "containers --help", "kv key put --help"])
def test_help_on_a_terminal_is_drawn_by_rich(words: str) -> None:
    outcome = run(words, on_terminal=True)
    assert outcome.status == 0
    assert "╭" in outcome.stdout


def test_the_manual_page_is_current() -> None:
    """After a change on purpose: `python -m scripts.man_page`."""
    assert man_page.FILE.read_text() == man_page.page()


def test_the_manual_page_is_read_without_complaints() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    command = ["groff", "-man", "-Tutf8", "-ww", "-b", str(man_page.FILE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pywrangler" in done.stdout
