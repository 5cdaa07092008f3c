"""Runs SQL on a database, and says which statement failed where one did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pywrangler.commands.d1.statements import Statement, split_statements, with_unix_line_ends
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

QUERY_FAILED = 7500
"""Cloudflare's code for SQL that failed."""
PROBE = "SELECT pywrangler_is_here()"
"""Fails, and so undoes the statements before it, provided that they do not fail themselves."""
PROBED = "no such function: pywrangler_is_here"
OFFSET = " at offset "
MAX_EXCERPT = 400
"""Characters; a statement of a dump can have megabytes."""

Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Script:
    """A text of SQL, and the file that it comes from, as the user named it."""

    text: str
    file: str | None = None


class FailedStatementError(PywranglerError):
    """SQL that a database refused. `reason` is the database's own."""

    code = "sql"

    def __init__(self, message: str, reason: str, *, detail: str | None = None) -> None:
        hint = "Nothing was applied. Correct the SQL, then repeat the command."
        super().__init__(message, hint=hint, detail=detail)
        self.reason = reason
        self.told: dict[str, Any] = {"text": reason}
        """The error as Wrangler (4.164) prints it in JSON."""


def run_local(client: Client, database_id: str, script: Script, *more: str) -> Results:
    """Run the statements of `script`, and `more`, in one transaction. Raises `FailedStatementError`."""
    statements = [*split_statements(script.text), *map(Statement, more)]
    try:
        return _batch(client, database_id, [statement.sql for statement in statements])
    except ApiError as error:
        if error.api_code != QUERY_FAILED or not error.reasons:
            raise
        at = _failing(client, database_id, statements)
        raise failure(error.reasons[0], script, None if at is None else statements[at], at) from error


def run_remote(client: Client, database_id: str, script: Script) -> Results:
    """Run a text of SQL at Cloudflare. Raises `FailedStatementError`."""
    from pywrangler.cloudflare.d1 import query

    try:
        found: Results = query(client, database_id, {"sql": with_unix_line_ends(script.text)})
        return found
    except ApiError as error:
        if error.api_code != QUERY_FAILED or not error.reasons:
            raise
        failed = failure(error.reasons[0], script, None, None)
        path = f"/accounts/{client.account_id}/d1/database/{database_id}/query"
        failed.told = {
            "text": f"A request to the Cloudflare API ({path}) failed.",
            "notes": [{"text": f"{reason} [code: {error.api_code}]"} for reason in error.reasons],
            "kind": "error",
            "name": "APIError",
            "code": error.api_code,
            "accountTag": client.account_id,
        }
        raise failed from error


def failure(
    reason: str, script: Script, statement: Statement | None, index: int | None
) -> FailedStatementError:
    """The error for a statement that failed, None if it is not known which."""
    number = "" if index is None else f"statement {index + 1}: "
    if script.file is None:
        return FailedStatementError(f"The SQL failed: {number}{reason}", reason, detail=_excerpt(statement))
    place = script.file if statement is None else f"{script.file}:{_place(statement, reason)}"
    return FailedStatementError(f"`{place}`: {number}{reason}", reason, detail=_excerpt(statement))


def plain_results(results: Sequence[Mapping[str, Any]]) -> Results:
    """Results of the local platform as Wrangler (4.164) prints those of local databases."""
    return [
        {
            "results": [
                {name: _cell(value) for name, value in row.items()} for row in result.get("results") or ()
            ],
            "success": result["success"],
            "meta": {"duration": (result.get("meta") or {}).get("duration")},
        }
        for result in results
    ]


def _cell(value: Any) -> Any:
    """A value of a row; a blob, which is a list of bytes, becomes a text."""
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else value


def _batch(client: Client, database_id: str, statements: Sequence[str]) -> Results:
    from pywrangler.cloudflare.d1 import query

    found: Results = query(client, database_id, {"batch": [{"sql": sql} for sql in statements]})
    return found


def _failing(client: Client, database_id: str, statements: Sequence[Statement]) -> int | None:
    """The index of the first statement that fails, which D1 does not say; None for a failure of them all,
    such as of a foreign key that is checked at the end.
    """
    good, bad = 0, len(statements) + 1  # so many of them run; so many fail
    while bad - good > 1:
        # The whole first: with a failure at the end there is nothing to look for.
        middle = len(statements) if bad > len(statements) else (good + bad) // 2
        try:
            _batch(client, database_id, [*(each.sql for each in statements[:middle]), PROBE])
        except ApiError as error:
            if any(PROBED in reason for reason in error.reasons):
                good = middle
            else:
                bad = middle
    return None if bad > len(statements) else bad - 1


def _place(statement: Statement, reason: str) -> str:
    """`line:column` in the file: of the mistake where the reason has its offset, otherwise of the
    statement.
    """
    _, found, rest = reason.partition(OFFSET)
    digits = rest.partition(":")[0]
    if not found or not digits.isdecimal():
        return f"{statement.line}:{statement.column}"
    before = statement.sql.encode()[: int(digits)].decode("utf-8", "ignore")
    lines = before.count("\n")
    if lines:
        return f"{statement.line + lines}:{len(before) - before.rfind(chr(10))}"
    return f"{statement.line}:{statement.column + len(before)}"


def _excerpt(statement: Statement | None) -> str | None:
    if statement is None:
        return None
    text = statement.sql.strip()
    return text if len(text) <= MAX_EXCERPT else text[:MAX_EXCERPT] + " ..."
