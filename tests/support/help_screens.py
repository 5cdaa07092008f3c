"""Every help screen as one text; `python -m tests.support.help_screens` writes the snapshot again."""

from __future__ import annotations

from pathlib import Path

from pywrangler.commands.tree import COMMANDS, GROUPS
from tests.support.cli import run

SNAPSHOT = Path(__file__).resolve().parent.parent / "cli" / "help_screens.txt"


def help_screens() -> str:
    """The screens of the root, all groups and all commands, each under its command line."""
    paths = [(), *GROUPS, *(command.path for command in COMMANDS)]
    screens = []
    for path in paths:
        outcome = run([*path, "--help"], environment={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
        assert outcome.status == 0, outcome.stderr
        screens.append(f"$ {' '.join(('pywrangler', *path, '--help'))}\n{outcome.stdout}")
    return "\n".join(screens)


if __name__ == "__main__":
    SNAPSHOT.write_text(help_screens())
