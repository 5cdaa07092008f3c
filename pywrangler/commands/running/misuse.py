"""Errors of the command line, in place of Typer's own messages.

Typer (0.28) shows what is wrong by the class of its exception and, where several things have one class, by a
text alone, which is then taken apart here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer

from pywrangler.commands.running.arguments import Operand
from pywrangler.errors import UsageError
from pywrangler.spelling import closest

EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)", re.DOTALL)
NO_VALUE = re.compile(r"Option '(?P<option>[^']*)' does not take a value")
SECRETIVE = ("pywrangler secret", "pywrangler secrets-store", "pywrangler login", "pywrangler containers reg")
"""Commands to which a person may pass a secret in the wrong place; it must not be repeated."""
OPTIONAL = ("directory", "worker")
"""Operands that may be omitted, for which an empty one is not the same: an empty directory's name would be
the working directory. Others count as omitted when they are empty, as with Wrangler (4.164).
"""
KINDS = {
    "int": "a whole number",
    "integer": "a whole number",
    "float": "a number",
    "boolean": "true or false",
}


def misuse(error: typer.TyperException, command: str) -> UsageError:
    """The error of `command` in our words, with the line that shows how the command is used."""
    return UsageError(_words(error, command), hint=_hint(error, getattr(error, "ctx", None), command))


def check_operands(words: Sequence[str], parameters: Sequence[Any]) -> None:
    """Raise `UsageError` for an operand that is empty, as where a variable of a script has no value."""
    names = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    given = [word for word in words if isinstance(word, Operand)]
    for parameter, word in zip(names, given, strict=False):
        if not word and (parameter.required or parameter.name in OPTIONAL):
            raise UsageError(
                f"`{_name(parameter).strip('[]')}` is empty.",
                hint="Give it a value. If it is a variable of a script, the variable has none.",
            )


def _words(error: typer.TyperException, command: str) -> str:
    message = getattr(error, "message", None) or error.format_message()
    parameter = getattr(error, "param", None)
    if type(error).__name__ == "MissingParameter" and parameter is not None:
        return f"`{_name(parameter)}` is missing."
    if type(error).__name__ == "NoSuchOption":
        return f"There is no option `{getattr(error, 'option_name', '')}`."
    if extra := EXTRA.fullmatch(message):
        return _too_many(extra["words"], command)
    if no_value := NO_VALUE.match(message):
        return f"`{no_value['option']}` takes no value."
    if parameter is not None:
        return _wrong_value(parameter, message)
    return message if message.endswith(".") else f"{message}."


def _name(parameter: Any) -> str:
    """An operand by what is in the command's usage, an option by its name and value: `--name NAME`."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    option = max(parameter.opts, key=len)
    return f"{option} {parameter.metavar}" if parameter.metavar else str(option)


def _too_many(words: str, command: str) -> str:
    shown = "" if command.startswith(SECRETIVE) else f": `{words}`"
    return f"There are too many arguments{shown}."


def _wrong_value(parameter: Any, message: str) -> str:
    option = max(parameter.opts, key=len) if parameter.param_type_name == "option" else _name(parameter)
    value = message.partition(" is not ")[0].strip("'")
    kind = parameter.type
    if getattr(kind, "choices", None):
        listed = ", ".join(f"`{getattr(choice, 'value', choice)}`" for choice in kind.choices)
        return f"`{option}` is `{value}`. It must be one of {listed}."
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if "is not in the range" in message and least is not None:
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        return f"`{option}` is `{value}`. It must be {span}."
    word = str(getattr(kind, "name", "")).removesuffix(" range")
    if word in KINDS:
        return f"`{option}` is `{value}`, which is not {KINDS[word]}."
    return f"`{option}`: {message}" if message.endswith(".") else f"`{option}`: {message}."


def _usage(context: Any) -> str:
    """The command with its operands, in one line; Typer puts those that must be given in braces."""
    return re.sub(r"\{([^{}]*)\}", r"\1", " ".join(context.get_usage().partition(": ")[2].split()))


def _hint(error: typer.TyperException, context: Any, command: str) -> str:
    if type(error).__name__ != "NoSuchOption":
        usage = f"Usage: `{_usage(context)}`. " if context else ""
        # The likeliest reason for a word too many.
        reason = "The value is read from standard input. " if command == "pywrangler secret put" else ""
        return f"{reason}{usage}`{command} --help` says more."
    known = [name for parameter in context.command.params for name in parameter.opts] if context else []
    near = closest(getattr(error, "option_name", ""), known, likeness=0.7)
    show = f"`{command} --help` shows the options."
    return f"Did you mean `{near}`? {show}" if near else show
