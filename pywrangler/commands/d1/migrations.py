"""`pywrangler d1 migrations`: create, list, apply."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.d1.choice import (
    ChosenDatabase,
    DatabaseWord,
    Preview,
    bound_entry,
    choose_database,
)
from pywrangler.commands.d1.migration_files import (
    MigrationSettings,
    find_migrations,
    matcher,
    new_migration,
    read_settings,
)
from pywrangler.commands.d1.running import FailedStatementError, Results, Script, run_local, run_remote
from pywrangler.commands.d1.statements import split_statements
from pywrangler.commands.shared.input import confirmed, decoded
from pywrangler.commands.shared.options import PersistTo
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.dataclass import dataclass
from pywrangler.errors import PywranglerError, UsageError
from pywrangler.wording import count

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="What the migration changes.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before applying.")]


@dataclass(frozen=True)
class Migrated:
    """A database with the migrations of its project."""

    run: Invocation
    client: Client
    database: ChosenDatabase
    settings: MigrationSettings

    @property
    def directory(self) -> Path:
        """The directory of the migrations."""
        return self.run.project.required_file.parent / self.settings.directory

    def execute(self, script: Script, *more: str) -> Results:
        """Run SQL, in one transaction."""
        if self.run.target is Target.LOCAL:
            return run_local(self.client, self.database.id, script, *more)
        return run_remote(self.client, self.database.id, Script(joined(script.text, more), script.file))

    def pending(self) -> list[str]:
        """The migrations that are not applied yet, in their order; makes the table of those that are."""
        table = quoted(self.settings.table)
        self.execute(Script(TABLE_SQL.format(table=table)))
        (applied,) = self.execute(Script(f"SELECT name FROM {table} ORDER BY id"))  # noqa: S608 - quoted
        names = {row["name"] for row in applied["results"]}
        found = find_migrations(self.directory, self.settings.inner_pattern)
        if not found:
            self._warn_of_nothing()
        return [name for name in found if name not in names]

    def _warn_of_nothing(self) -> None:
        nested = f"{self.settings.directory}/*/migration.sql"
        hint = ""
        if find_migrations(self.directory, "*/migration.sql"):
            hint = f' Migrations of Drizzle need `"migrations_pattern": "{nested}"`.'
        self.run.console.warning(f"No file matches `{self.settings.pattern}`.{hint}")


TABLE_SQL = """CREATE TABLE IF NOT EXISTS {table}(
\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,
\t\tname       TEXT UNIQUE,
\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);"""
"""The table of Wrangler (4.164), letter by letter: a dump of the database has it."""


def create(run: Invocation, database: DatabaseWord, message: Message) -> None:
    """Make the file of a further migration.

    Example: pywrangler d1 migrations create my-db "add users"
    """
    settings = read_settings(_required_entry(run, database))
    directory = run.project.required_file.parent / settings.directory
    name = new_migration(message, find_migrations(directory, settings.inner_pattern))
    if not matcher(settings.inner_pattern)(name):
        raise UsageError(
            f"`{name}` would not be a migration: `migrations_pattern` is `{settings.pattern}`.",
            hint=f"Create the file with the tool of the pattern, or write `{settings.directory}/*.sql`.",
        )
    number = name.partition("_")[0]
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    file = directory / name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with file.open("x") as stream:
            stream.write(f"-- Migration number: {number} \t {now}\n")
    except FileExistsError as error:
        raise PywranglerError(
            f"`{file}` already exists.", hint="Choose another message.", code="exists"
        ) from error
    except OSError as error:
        raise UsageError(
            f"`{file}` cannot be written: {error.strerror}.",
            hint="Choose a shorter message, or another directory.",
        ) from error
    run.console.success("Created the migration. Write its SQL to:")
    run.console.result(str(file))


def list_(
    run: Invocation, database: DatabaseWord, preview: Preview = False, persist_to: PersistTo = None
) -> None:
    """List the migrations that are not applied yet.

    Example: pywrangler d1 migrations list my-db
    """
    pending = _open(run, run.client, database, preview=preview, persist_to=persist_to).pending()
    _show(run, pending)


def apply(
    run: Invocation,
    database: DatabaseWord,
    preview: Preview = False,
    yes: Yes = False,
    persist_to: PersistTo = None,
) -> None:
    """Apply the migrations that are not applied yet, each as a whole or not at all.

    Example: pywrangler d1 migrations apply my-db
    """
    migrated = _open(run, run.changing_client(), database, preview=preview, persist_to=persist_to)
    pending = migrated.pending()
    _show(run, pending)
    if not pending:
        return
    question = f"Apply {count(len(pending), 'migration')} to the database {migrated.database.name}?"
    if not confirmed(run, question, skip=yes):
        return
    for done, name in enumerate(pending):
        _apply(migrated, name, done)
        run.console.success(f"Applied {name}.")


def _apply(migrated: Migrated, name: str, done: int) -> None:
    shown = f"{migrated.settings.directory}/{name}" if migrated.settings.directory != "." else name
    try:
        content = (migrated.directory / name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"`{shown}` cannot be read: {error.strerror}.", hint="Correct its permissions."
        ) from error
    script = Script(decoded(content, f"`{shown}`").removeprefix("\ufeff"), shown)
    try:
        migrated.execute(script, applied_sql(migrated.settings.table, name))
    except FailedStatementError as error:
        error.message = f"The migration `{name}` failed. {error.message}"
        before = f"; the {count(done, 'migration')} before it stay" if done else ""
        error.hint = f"It was rolled back{before}. Correct the file, then repeat the command."
        error.code = "migration-failed"
        raise


def applied_sql(table: str, name: str) -> str:
    """The statement that notes a migration as applied."""
    literal = name.replace("'", "''")
    return f"INSERT INTO {quoted(table)} (name)\nvalues ('{literal}');"


def joined(text: str, more: tuple[str, ...]) -> str:
    """A text of SQL with further statements, where it may lack its last semicolon."""
    if not more:
        return text
    statements = [statement.sql.rstrip().removesuffix(";") for statement in split_statements(text)]
    return "\n;\n".join([*filter(None, statements), *more])


def quoted(identifier: str) -> str:
    """A name as SQL has it."""
    escaped = identifier.replace('"', '""')
    return f'"{escaped}"'


def _open(run: Invocation, client: Client, word: str, *, preview: bool, persist_to: str | None) -> Migrated:
    """The database with its settings. Raises `UsageError` if the project has no directory of migrations."""
    file = run.project.required_file
    entry = bound_entry(run, word)
    if entry is None and run.target is Target.CLOUDFLARE:
        entry = _required_entry(run, word)
    settings = read_settings(entry or {})
    directory = file.parent / settings.directory
    if not directory.is_dir():
        raise PywranglerError(
            f"There is no directory of migrations: `{directory}` does not exist.",
            hint=f"Create the first one: `pywrangler d1 migrations create {word} MESSAGE`."
            " `migrations_dir` in the configuration names another directory.",
            code="no-migrations",
        )
    database = choose_database(run, client, word, preview=preview, persist_to=persist_to)
    return Migrated(run, client, database, settings)


def _required_entry(run: Invocation, word: str) -> dict[str, object]:
    entry = bound_entry(run, word)
    if entry is not None:
        return dict(entry)
    fields = run.project.required_fields
    entries = fields.get("d1_databases") or []
    known = [str(each[name]) for each in entries for name in ("binding", "database_name") if each.get(name)]
    raise PywranglerError(
        f"`{fields.file}` has no D1 database `{word}`.",
        hint=nearest(word, known) or "Add it to `d1_databases` there.",
        code="database-not-found",
    )


def _show(run: Invocation, pending: list[str]) -> None:
    if not pending:
        run.console.info("There are no migrations to apply.")
        return
    run.console.info("Migrations to apply:")
    run.console.table(("name",), [[name] for name in pending])
