"""An entry of the log: the statements of one transaction, or a step of the schema.

    {"format": 1, "schema": 18, "node": "...", "statements": [["UPDATE ...", [1, {"b64": "..."}]]]}
    {"format": 1, "schema": 19, "node": "...", "statements": []}      the step to schema 19

Every node applies all entries in their order, so all have the same rows. Statements hold no call whose result
differs between nodes or moments: times and ids are parameters. A step of the schema is an entry, too, so
that it changes the same rows everywhere; a node whose program does not know it stops there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pywrangler.errors import PywranglerError

FORMAT = 1
DIGITS = 12


class NewerStateError(PywranglerError):
    """A newer pywrangler changed the cluster's state."""

    code = "state-newer"


@dataclass(frozen=True)
class LogStatement:
    """A statement with its parameters, as they went to SQLite."""

    text: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class LogEntry:
    """One transaction. `schema` is the schema after it, `node` the id of the node that wrote it."""

    schema: int
    node: str
    statements: tuple[LogStatement, ...]

    def encode(self) -> bytes:
        """The entry as the bucket keeps it."""
        statements = [
            [each.text, [encode_value(value) for value in each.parameters]] for each in self.statements
        ]
        body = {"format": FORMAT, "schema": self.schema, "node": self.node, "statements": statements}
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def decode_entry(content: bytes, number: int) -> LogEntry:
    """The entry from the bucket.

    Raises `NewerStateError` for a newer form, and `PywranglerError` for what is no entry.
    """
    try:
        body = json.loads(content)
        if body["format"] > FORMAT:
            raise newer_state(f"entry {number} of its log has form {body['format']}", f"form {FORMAT}")
        statements = tuple(
            LogStatement(text, tuple(decode_value(value) for value in parameters))
            for text, parameters in body["statements"]
        )
        return LogEntry(int(body["schema"]), str(body["node"]), statements)
    except (ValueError, KeyError, TypeError) as error:
        raise PywranglerError(
            f"Entry {number} of the cluster's log is damaged: {error}.",
            hint="Look at the objects below `state/log/` in the bucket. If other programs write there, give"
            " the cluster a prefix of its own.",
            code="state-damaged",
        ) from error


def newer_state(has: str, knows: str) -> NewerStateError:
    """The error for a state that this version of the program cannot read; both are parts of the sentence."""
    return NewerStateError(
        f"A newer pywrangler changed the cluster's state: {has}; this one knows up to {knows}.",
        hint="Upgrade pywrangler on this node, then start the node again.",
    )


def encode_value(value: object) -> object:
    """A value of SQLite as JSON has it."""
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def decode_value(value: Any) -> object:
    """A value from JSON as SQLite takes it."""
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value


def numbered(directory: str, number: int) -> str:
    """The key of an entry or a snapshot; keys sort as their numbers do."""
    return f"{directory}{number:0{DIGITS}}"


def tables_in(statements: Sequence[LogStatement]) -> frozenset[str]:
    """The tables that statements name as changed."""
    from pywrangler.local.cluster.state.tables import written_table

    return frozenset(table for each in statements if (table := written_table(each.text)) is not None)
