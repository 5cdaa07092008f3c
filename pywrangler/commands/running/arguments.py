"""Converts command lines in Wrangler's forms (it reads them with yargs) to those of Typer.

`--json=true`, `--json false`, `--no-json`, `--perPage 5`, `--var A:1 B:2` and `-e=staging` are in scripts;
so does an option that may have a value, such as `--wait=10m`. Pure: what each option takes is given as data.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

IMPLIED_VALUES: Mapping[str, str] = {"--wait": "10m"}
"""Options that take a value after `=` only, and what the bare option means. Where a command has a plain
switch of that name, it is that.
"""
OPTIONAL_VALUES = frozenset({"--metafile"})
"""Options whose value may be left out; it is empty then."""
ONE_VALUE_EACH = frozenset({"--config"})
"""Options that may be repeated, and take one value each time: the next word is an operand."""
NEGATIVE_NUMBER = re.compile(r"-(\d+(\.\d+)?|\.\d+)")
"""A word that yargs takes for no option."""


class Operand(str):
    """A word that is neither an option nor the value of one."""

    __slots__ = ()


@dataclass(frozen=True)
class Option:
    """One option: its names, the names that say the opposite, and what follows it."""

    names: tuple[str, ...]
    opposites: tuple[str, ...] = ()
    takes_value: bool = False
    takes_several: bool = False
    takes_rest: bool = False
    """Whether the words that follow its value are further values."""
    is_operand: bool = False
    """Whether its value is an operand, which may be named as an option."""


def options_of(command: Any) -> list[Option]:
    """The options of a command that Typer made, and before them its optional operand, which yargs takes by
    its name, too: `kv key put KEY --value VALUE`.
    """
    operands = [
        Option((f"--{parameter.name.replace('_', '-')}",), takes_value=True, is_operand=True)
        for parameter in command.params
        if parameter.param_type_name == "argument" and not parameter.required
    ]
    return operands + [
        Option(
            tuple(parameter.opts),
            tuple(parameter.secondary_opts),
            takes_value=not parameter.is_flag,
            takes_several=parameter.multiple,
            takes_rest=parameter.multiple and not ONE_VALUE_EACH.intersection(parameter.opts),
        )
        for parameter in command.params
        if parameter.param_type_name == "option"
    ]


def plain_arguments(
    words: Sequence[str], options: Iterable[Option], *, program_after: int | None = None
) -> list[str]:
    """`words` in the one form that Typer takes; unknown words stay, and Typer refuses them.

    With `program_after`, what follows so many operands is the command line of another program, also without
    `--`. Such a command has options as Docker reads them: one value each.

    Raises `UsageError` for an option without its value, and for one of one value that is given twice:
    Wrangler (4.164) takes neither then.
    """
    return _Reading(words, options, program_after).plain()


class _Reading:
    """Goes through the words once, from the left."""

    def __init__(self, words: Sequence[str], options: Iterable[Option], program_after: int | None) -> None:
        self._rest = deque(words)
        self._program_after = program_after
        self._plain: list[str] = []
        self._taken: set[Option] = set()
        self._switches: dict[Option, bool] = {}
        self._has_negative = False
        self._named: list[str] = []
        self._known = {name: option for option in options for name in (*option.names, *option.opposites)}

    def plain(self) -> list[str]:
        while self._rest and self._rest[0] != "--":
            if self._is_at_program:
                self._rest.appendleft("--")
                break
            self._read(self._rest.popleft())
        if not self._has_negative and not self._named:
            return [*self._plain, *self._rest]
        # Typer takes a negative number for an option, except behind `--`; an optional operand comes last.
        options = [word for word in self._plain if not isinstance(word, Operand)]
        operands = [word for word in self._plain if isinstance(word, Operand)]
        return [*options, "--", *operands, *list(self._rest)[1:], *self._named]

    @property
    def _is_at_program(self) -> bool:
        """Whether the next word is the name of the program to run."""
        operands = sum(isinstance(word, Operand) for word in self._plain)
        return operands == self._program_after and not self._rest[0].startswith("-")

    def _read(self, word: str) -> None:
        written, has_value, text = word.partition("=")
        value = text if has_value else None
        name = kebab_case(written)
        option = self._known.get(name)
        if option is None and name.startswith("--no-"):
            denied = f"--{name.removeprefix('--no-')}"
            option = self._known.get(denied)
            if option is not None and not option.takes_value and value is None:
                self._switch(option, name, is_on=denied in option.opposites)
                return
        if option is None and NEGATIVE_NUMBER.fullmatch(word):
            self._has_negative = True
            self._plain.append(Operand(word))
        elif not word.startswith("-"):
            self._plain.append(Operand(word))
        elif option is None:
            self._plain.append(word)
        elif name in IMPLIED_VALUES and option.takes_value:
            self._allow(option, name)
            self._plain += [name, IMPLIED_VALUES[name] if value is None else value]
        elif name in OPTIONAL_VALUES and value is None and self._is_at_end:
            self._allow(option, name)
            self._plain += [name, ""]
        elif option.takes_value:
            self._take(option, name, value)
        else:
            self._read_flag(option, word, name, value)

    @property
    def _is_at_end(self) -> bool:
        """Whether no value follows."""
        return not self._rest or self._rest[0].startswith("-")

    def _allow(self, option: Option, name: str) -> None:
        """Refuse the second value of an option that has one; the values may be secret and are not shown."""
        if option in self._taken and not option.takes_several:
            raise UsageError(f"{name} is given more than once.", hint="It takes one value: omit the others.")
        self._taken.add(option)

    def _take(self, option: Option, name: str, value: str | None) -> None:
        self._allow(option, name)
        values = [value] if value is not None else []
        if not values and self._rest:
            values.append(self._rest.popleft())
        if not values:
            raise UsageError(f"{name} needs a value.")
        if option.is_operand:
            self._named += values
            return
        is_several = option.takes_rest and self._program_after is None
        while is_several and self._rest and not self._rest[0].startswith("-"):
            values.append(self._rest.popleft())
        self._plain += [part for each in values for part in (name, each)]

    def _read_flag(self, option: Option, word: str, name: str, value: str | None) -> None:
        if value is None and self._rest and self._rest[0] in ("true", "false"):
            value = self._rest.popleft()
        if value in (None, "true", "false"):
            self._switch(option, name, is_on=(value != "false") == (name in option.names))
        else:
            self._plain.append(word)

    def _switch(self, option: Option, name: str, *, is_on: bool) -> None:
        """Set a flag; its last occurrence counts, so a flag without an opposite can be unset. Opposites with
        other names (`--remote --local`) exclude each other.
        """
        was_on = self._switches.setdefault(option, is_on)
        if was_on != is_on and not _is_denial(option):
            raise UsageError(f"{option.names[0]} and {option.opposites[0]} exclude each other.")
        names = option.names if is_on else option.opposites
        if names:
            self._plain.append(name if name in names else names[0])
        else:
            self._plain = [word for word in self._plain if word not in option.names]


def _is_denial(option: Option) -> bool:
    """Whether a switch has no opposite but the one that begins with `--no-`."""
    return all(name.startswith("--no-") for name in option.opposites)


def kebab_case(name: str) -> str:
    """`--perPage` as `--per-page`."""
    return (
        re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"-{match[1].lower()}", name)
        if name[:2] == "--"
        else name
    )
