"""Variables and quotes in a Dockerfile's words, as BuildKit replaces them. Pure.

The forms that cut or replace (`${x#a}`, `${x%a}`, `${x/a/b}`) are not carried out: they raise
`UnclearError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pywrangler.dataclass import dataclass
from pywrangler.images.patterns import UnclearError

NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

DEEPEST = 50
"""Variables that are the defaults of each other."""


def split_words(text: str, escape: str = "\\") -> list[str]:
    """The words of an instruction; quotes and escapes stay in them. Raises UnclearError."""
    words, word, quote, position = [], "", "", 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == escape and quote != "'":
            word += character + text[position : position + 1]
            position += 1
        elif quote:
            word += character
            quote = "" if character == quote else quote
        elif character.isspace():
            words.append(word)
            word = ""
        else:
            word += character
            quote = character if character in "\"'" else ""
    if quote:
        raise UnclearError(f"the quotes of {text}")
    return [word for word in (*words, word) if word]


def expand(word: str, variables: Mapping[str, str | None], escape: str = "\\") -> str:
    """The word without its quotes, and with the values of its variables.

    A variable that is declared and has no value is None. Raises UnclearError.
    """
    return _WordReader(word, variables, escape).read()


@dataclass
class _WordReader:
    text: str
    variables: Mapping[str, str | None]
    escape: str
    position: int = 0
    depth: int = 0
    """How many values of variables in each other are read now."""

    def read(self, end: str = "") -> str:
        """Everything up to `end`, which is skipped; without one, to the end of the text."""
        found = ""
        while self.position < len(self.text):
            character = self._next()
            if character == end:
                return found
            if character == self.escape:
                found += self._next()
            elif character == "'":
                found += self._quoted()
            elif character == '"':
                found += self._double_quoted()
            else:
                found += self._variable() if character == "$" else character
        if end:
            raise UnclearError(f"`{self.text}`, which lacks a `{end}`")
        return found

    def _next(self) -> str:
        character = self.text[self.position : self.position + 1]
        self.position += 1
        return character

    def _quoted(self) -> str:
        end = self.text.find("'", self.position)
        if end < 0:
            raise UnclearError(f"the quotes of {self.text}")
        found = self.text[self.position : end]
        self.position = end + 1
        return found

    def _double_quoted(self) -> str:
        found = ""
        while character := self._next():
            if character == '"':
                return found
            if character == self.escape and self.text[self.position : self.position + 1] in (
                '"',
                "$",
                self.escape,
            ):
                found += self._next()
            else:
                found += self._variable() if character == "$" else character
        raise UnclearError(f"the quotes of {self.text}")

    def _variable(self) -> str:
        is_braced = self.text[self.position : self.position + 1] == "{"
        name = NAME.match(self.text, self.position + is_braced)
        if name is None:
            raise UnclearError(f"the variable in `{self.text}`")
        self.position = name.end()
        if not is_braced:
            return self.variables.get(name[0]) or ""
        operator = self._next()
        if operator == "}":
            return self.variables.get(name[0]) or ""
        takes_empty = operator == ":"
        operator = self._next() if takes_empty else operator
        if operator not in ("-", "+", "?"):
            raise UnclearError(f"the variable in `{self.text}`")
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnclearError(f"the variable in `{self.text}`")
        word = self.read("}")
        self.depth -= 1
        return self._choose(name[0], operator, word, takes_empty=takes_empty)

    def _choose(self, name: str, operator: str, word: str, *, takes_empty: bool) -> str:
        value = self.variables.get(name)
        if value is None and name in self.variables and not takes_empty:
            raise UnclearError(f"whether {name} is set")  # builders differ
        is_there = bool(value) if takes_empty else value is not None
        if operator == "?" and not is_there:
            raise UnclearError(f"the variable {name}, which has no value")
        if operator == "+":
            return word if is_there else ""
        return (value or "") if is_there else word
