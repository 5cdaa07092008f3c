"""The reference of the commands, made from the command tree: a page for each first word."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import groupby

from typer.main import get_command

from pywrangler.commands.running.typer_apps import load, typer_for
from pywrangler.commands.tree import COMMANDS, GROUPS, Command
from scripts.completions import Option, options_of

HELP = ("-h", "--help")
PROGRAM = "pywrangler"


def command_pages() -> Iterator[tuple[str, str]]:
    """The names of the pages and their Markdown."""
    groups = [(word, list(commands)) for word, commands in groupby(COMMANDS, key=lambda each: each.path[0])]
    yield "commands/index.md", _index(groups)
    for word, commands in groups:
        yield f"commands/{word}.md", _page(word, commands)


def _index(groups: list[tuple[str, list[Command]]]) -> str:
    parts = ["# Commands\n", "| command | |\n|---|---|"]
    for word, commands in groups:
        text = GROUPS.get((word,), commands[0].help)
        parts.append(f"| [`{PROGRAM} {word}`]({word}.md) | {text} |")
    parts += [
        "\n## Options of every command\n",
        *_options(each for each in options_of(("deploy",)) if each.is_global),
    ]
    return "\n".join(parts) + "\n"


def _page(word: str, commands: list[Command]) -> str:
    parts = [f"# {PROGRAM} {word}\n"]
    if (word,) in GROUPS:
        parts.append(f"{GROUPS[(word,)]}\n")
    for command in commands:
        if len(commands) > 1:
            parts.append(f"## {PROGRAM} {' '.join(command.path)}\n")
        parts.append(_section(command))
    parts.append("The [options of every command](index.md#options-of-every-command) can be added.")
    return "\n".join(parts) + "\n"


def _section(command: Command) -> str:
    """What a command does, how it is called, and its own options."""
    text = inspect.cleandoc(load(command).__doc__ or "").partition("\n\nExample: ")
    parts = [f"{_escaped(text[0])}\n", f"```console\n$ {_usage(command)}\n```\n"]
    if text[2]:
        parts.append(f"For example:\n\n```console\n$ {' '.join(text[2].split())}\n```\n")
    own = [each for each in options_of(command.path) if each.spellings != HELP and not each.is_global]
    return "\n".join([*parts, *_options(own)])


def _usage(command: Command) -> str:
    made = get_command(typer_for(command, lambda _: None))  # type: ignore[arg-type, return-value]
    operands = [
        each.make_metavar(made.make_context(PROGRAM, [], resilient_parsing=True))
        for each in made.params
        if each.param_type_name == "argument"
    ]
    return " ".join([PROGRAM, *command.path, *operands])


def _options(options: Iterator[Option] | list[Option]) -> Iterator[str]:
    """A table of options, if there are any."""
    rows = [
        f"| {', '.join(f'`{spelling}`' for spelling in each.spellings)}{_value(each)} | {_cell(each.help)} |"
        for each in options
    ]
    if rows:
        yield "| option | |\n|---|---|"
        yield from rows
        yield ""


def _value(option: Option) -> str:
    return f" `{_cell(option.metavar)}`" if option.metavar else ""


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")
