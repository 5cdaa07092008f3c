"""`pywrangler d1 execute`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.d1.choice import ChosenDatabase, DatabaseWord, Preview, choose_database
from pywrangler.commands.d1.running import (
    FailedStatementError,
    Results,
    Script,
    plain_results,
    run_local,
    run_remote,
)
from pywrangler.commands.shared.input import confirmed, decoded, read_file
from pywrangler.commands.shared.options import AsJson, PersistTo
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError
from pywrangler.wording import count

SQLITE_FILE = b"SQLite format 3"
UNAVAILABLE = "Meanwhile the database answers no queries."


@dataclass(frozen=True)
class ExecuteOptions:
    """The options of `d1 execute`."""

    database: DatabaseWord
    command: Annotated[
        str | None, typer.Option("--command", metavar="SQL", help="The statements, with `;` between them.")
    ] = None
    file: Annotated[str | None, typer.Option("--file", metavar="FILE", help="A file of statements.")] = None
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask anything.")] = False
    as_json: AsJson = False
    preview: Preview = False
    persist_to: PersistTo = None
    batch_size: Annotated[int | None, typer.Option("--batch-size", hidden=True)] = None


def execute(run: Invocation, options: ExecuteOptions) -> None:
    """Run SQL on a database: all of its statements, or none. The result is JSON, or tables on a terminal.

    Example: pywrangler d1 execute my-db --command "SELECT * FROM users"
    """
    try:
        results = _results(run, options)
    except PywranglerError as error:
        if options.as_json:  # where Wrangler (4.164) prints it
            run.console.json({"error": _told(error)})
        raise
    if results is None:
        return
    if options.as_json or not run.shows_output_to_a_person:
        run.console.json(results)
    else:
        show_results(run, results)


def _results(run: Invocation, options: ExecuteOptions) -> Results | None:
    """The results of the statements; None if the user did not continue."""
    if options.command and options.file:
        raise UsageError("`--command` and `--file` exclude each other.", hint="Omit one of them.")
    if not options.command and not options.file:
        raise UsageError(
            "There is nothing to execute.", hint='Give `--command "SQL"`, or name a file with `--file FILE`.'
        )
    if options.batch_size is not None:
        run.console.warning("--batch-size is ignored: all statements are one transaction.")
    if options.file is not None and run.target is Target.CLOUDFLARE:
        return _import(run, options, options.file)
    script = read_script(run, options.file) if options.file else Script(options.command or "")
    client = run.client
    chosen = choose_database(
        run, client, options.database, preview=options.preview, persist_to=options.persist_to
    )
    _say_where(run, chosen)
    if run.target is Target.CLOUDFLARE:
        return run_remote(client, chosen.id, script)
    return plain_results(run_local(client, chosen.id, script))


def _import(run: Invocation, options: ExecuteOptions, file: str) -> Results | None:
    """Have Cloudflare run a file, unchanged."""
    from pywrangler.cloudflare.d1 import import_file

    path = run.directory / file
    try:
        with path.open("rb") as content:
            _check_is_text(content.read(len(SQLITE_FILE)), file)
            client = run.client
            chosen = choose_database(
                run, client, options.database, preview=options.preview, persist_to=options.persist_to
            )
            _say_where(run, chosen)
            question = f"Execute {file} on the database {chosen.name}? {UNAVAILABLE}"
            if not confirmed(run, question, skip=options.yes or options.as_json):
                return None
            with run.console.progress() as progress:
                task = progress.task(f"Executing {file}")
                try:
                    done = import_file(
                        client,
                        chosen.id,
                        content,
                        path.stat().st_size,
                        environment=run.environment,
                        say=task.update,
                    )
                except ApiError as error:
                    raise _failed_import(error, file) from error
                task.done(count(int(done["result"].get("num_queries") or 0), "statement") + " executed")
    except OSError as error:
        raise _unreadable(file, error) from error
    return [import_result(done["result"])]


def import_result(result: dict[str, Any]) -> dict[str, Any]:
    """The result of a file as Wrangler (4.164) prints it."""
    meta = result.get("meta") or {}
    row = {
        "Total queries executed": result.get("num_queries"),
        "Rows read": meta.get("rows_read"),
        "Rows written": meta.get("rows_written"),
        "Database size (MB)": f"{(meta.get('size_after') or 0) / 1e6:.2f}",
    }
    return {"results": [row], "success": True, "finalBookmark": result.get("final_bookmark"), "meta": meta}


def read_script(run: Invocation, file: str) -> Script:
    """The file's statements. Raises `UsageError` for a file that is not text, a database of SQLite's too."""
    content = read_file(run, Path(file))
    _check_is_text(content, file)
    return Script(decoded(content, f"`{file}`").removeprefix("\ufeff"), file)


def show_results(run: Invocation, results: Sequence[dict[str, Any]]) -> None:
    """The rows of each result as a table."""
    for result in results:
        rows = result.get("results") or []
        if rows:
            run.console.table([*rows[0]], [[_shown(value) for value in row.values()] for row in rows])
    run.console.success(f"Executed {count(len(results), 'statement')}.")


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)


def _say_where(run: Invocation, chosen: ChosenDatabase) -> None:
    where = "at Cloudflare" if run.target is Target.CLOUDFLARE else "on the local platform"
    run.console.info(f"Database: {chosen.name} ({chosen.id}), {where}")


def _check_is_text(content: bytes, file: str) -> None:
    if content.startswith(SQLITE_FILE):
        raise UsageError(
            f"`{file}` is a database of SQLite, not SQL.",
            hint=f"Convert it to SQL: `sqlite3 {file} .dump > dump.sql`.",
        )


def _failed_import(error: ApiError, file: str) -> PywranglerError:
    if not error.reasons:
        return error
    reason = error.reasons[0]
    return FailedStatementError(f"`{file}`: {reason}", reason)


def _unreadable(file: str, error: OSError) -> UsageError:
    return UsageError(
        f"`{file}` cannot be read: {error.strerror}.", hint="Correct the file's path, or its permissions."
    )


def _told(error: PywranglerError) -> dict[str, Any]:
    """The reason of whoever refused, in place of a sentence about it."""
    if isinstance(error, FailedStatementError):
        return error.told
    reasons = error.reasons if isinstance(error, ApiError) else ()
    return {"text": reasons[0] if reasons else error.message}
