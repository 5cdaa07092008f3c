"""The kinds of value that a field can hold. They are data: `config.validation` checks a value against one,
`config.json_schema` and `config.reference` describe it.

Named tuples, since they cost an eighth of a dataclass at import, which every command with a configuration
pays.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Anything(NamedTuple):
    """A value that is passed on unchecked."""


class Flag(NamedTuple):
    """true or false."""


class Text(NamedTuple):
    """A text; one of `choices` if there are any, matching `pattern` if there is one."""

    choices: tuple[str, ...] = ()
    former_choices: tuple[str, ...] = ()
    """Still accepted, but no longer offered."""
    pattern: str | None = None
    """A regular expression for the whole text, understood alike by Python and JSON Schema."""
    wanted: str = ""
    """What the pattern asks for, in words that follow "must be"."""
    otherwise: str | None = None
    """What to do if a string other than the choices is intended."""


NAME = Text(pattern=".+", wanted="a name")
"""A text that is not empty."""


class Number(NamedTuple):
    """A number; `is_whole` asks for an integer."""

    minimum: float | None = None
    maximum: float | None = None
    is_whole: bool = True


class ListOf(NamedTuple):
    """A list of values of one kind."""

    item: Kind


class MapOf(NamedTuple):
    """A table whose keys the user chooses."""

    value: Kind


class Table(NamedTuple):
    """A table of known fields."""

    fields: tuple[Field, ...]
    is_closed: bool = False
    """Whether other fields are an error; else they are ignored, with a warning."""

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


class OneOf(NamedTuple):
    """A value of any of these kinds."""

    kinds: tuple[Kind, ...]


Kind = Anything | Flag | Text | Number | ListOf | MapOf | Table | OneOf

Scope = Literal["inherited", "environment", "top-level"]
"""Where a field of the root may be: `inherited` fields of the top level hold in named environments too,
`environment` fields must be repeated in each, `top-level` fields are at the top level only.
"""

Use = Literal["used", "cloudflare", "harmless", "unused"]
"""Whether pywrangler acts on the field. `cloudflare` ones are passed to Cloudflare and have no effect on the
local platform; `harmless` ones change nothing that it does, so they are not reported.
"""


class Field(NamedTuple):
    """One field of a table: its name, the kind of its value and what the manual says about it."""

    name: str
    kind: Kind
    text: str
    """One or two sentences for the manual and for editors."""
    default: str | None = None
    """The value if the field is missing, in words or as it would be written."""
    is_required: bool = False
    scope: Scope = "top-level"
    use: Use = "used"
    deprecated: str | None = None
    """What to write instead; a use of the field then causes a warning."""
    is_hidden: bool = False
    """Read for compatibility and kept out of the manual."""
