"""Write the manual page `docs/pywrangler.1` from the command tree: `python -m scripts.man_page`.

The macros are those of man(7), which both groff and mandoc read.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from pywrangler.commands.running.typer_apps import load
from pywrangler.commands.tree import COMMANDS, Command
from pywrangler.version import VERSION
from scripts.completions import Option, options_of

FILE = Path(__file__).resolve().parent.parent / "docs" / "pywrangler.1"

HELP = ("-h", "--help")
DESCRIPTION = """\
pywrangler deploys Workers with containers to Cloudflare, and manages what they use. Its commands, options and
output are those of Wrangler. Without an account it deploys to the local platform: Workers run in workerd, and
their containers on the Docker Engine.
.PP
The configuration is wrangler.jsonc, wrangler.json or wrangler.toml in the working directory or above. Results
go to standard output, everything else to standard error."""
STATUSES = (
    ("0", "The command did its work."),
    ("1", "The command failed: the API refused, or something did not work."),
    ("2", "The command line or the configuration is wrong."),
    ("3", "The deploy is done, and something in it does not run."),
    ("130", "The user pressed Ctrl-C."),
)
VARIABLES = (
    ("CLOUDFLARE_API_TOKEN", "The token for Cloudflare."),
    ("CLOUDFLARE_ACCOUNT_ID", "The account, where the token has several."),
    ("PYWRANGLER_TARGET", "local or cloudflare: what commands act on."),
    ("PYWRANGLER_HOME", "The directory of the local platform."),
    ("DOCKER_HOST", "The Docker Engine."),
)


def page() -> str:
    """The manual page's text."""
    parts = [
        f'.TH PYWRANGLER 1 "" "pywrangler {VERSION}"',
        ".SH NAME",
        "pywrangler, pwr \\- deploy Cloudflare Workers with containers",
        ".SH SYNOPSIS",
        ".B pywrangler",
        ".I command",
        ".RI [ options ]",
        ".SH DESCRIPTION",
        "\n".join(line if line.startswith(".PP") else _text(line) for line in DESCRIPTION.splitlines()),
        ".SH COMMANDS",
        *(_command(command) for command in COMMANDS),
        ".SH GLOBAL OPTIONS",
        "Every command has these.",
        *(
            line
            for option in options_of(COMMANDS[0].path)
            if option.is_global or option.spellings == HELP
            for line in _option(option)
        ),
        ".SH EXIT STATUS",
        *(f".TP\n.B {status}\n{_text(meaning)}" for status, meaning in STATUSES),
        ".SH ENVIRONMENT",
        *(f".TP\n.B {name}\n{_text(meaning)}" for name, meaning in VARIABLES),
        ".SH SEE ALSO",
        ".BR docker (1)",
    ]
    return "\n".join(parts) + "\n"


def _command(command: Command) -> str:
    """A command's section: what it does, its own options, its example."""
    paragraphs = inspect.cleandoc(load(command).__doc__ or "").split("\n\n")
    lines = [f".SS {_text(' '.join(command.path))}"]
    for number, paragraph in enumerate(paragraphs):
        lines += [".PP"] if number else []
        lines += [_text(line) for line in paragraph.splitlines()]
    for option in options_of(command.path):
        if option.spellings != HELP and not option.is_global:
            lines += _option(option)
    return "\n".join(lines)


def _option(option: Option) -> list[str]:
    names = ", ".join(f"\\fB{_text(each)}\\fR" for each in option.spellings)
    value = f" \\fI{_text(option.metavar)}\\fR" if option.metavar else ""
    return [".TP", names + value, _text(" ".join(option.help.split())) or "\\&"]


def _text(text: str) -> str:
    """`text` as roff shows it: a hyphen that can be copied, and no line that begins a macro."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    FILE.write_text(page())
    print("wrote docs/pywrangler.1")
