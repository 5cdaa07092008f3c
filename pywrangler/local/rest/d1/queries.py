"""The interface of the runtime that holds D1 databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pywrangler.errors import PywranglerError


class QueryRefusedError(PywranglerError):
    """D1 refused, with SQLite's reason. Other errors say that it could not be asked."""

    code = "d1"


class Databases(Protocol):
    """The tables of D1 databases, which live in a runtime and not in the store."""

    async def query(
        self, database_id: str, queries: Sequence[Mapping[str, Any]], *, as_columns: bool = False
    ) -> list[dict[str, Any]]:
        """The result of each query, `{"sql", "params"}`, in one transaction: `{success, results, meta}`.

        `as_columns` makes `results` `{columns, rows}` in place of objects. Raises
        `QueryRefusedError`. In that case nothing is changed.
        """
