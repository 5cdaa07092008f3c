"""`pywrangler secrets-store secret`: create, list, get, update, delete, duplicate."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secrets_store.choice import (
    StoreId,
    chosen_secret,
    chosen_store,
    ensured_store,
    refusing_what_exists,
)
from pywrangler.commands.secrets_store.paging import EMPTY_HINT, PageNumber, PageSize, chosen_page
from pywrangler.commands.shared.input import WHITE_SPACE, confirmed, read_secret, read_stdin
from pywrangler.commands.shared.options import AsJson, PersistTo, SkipConfirmation, warn_about_persist_to
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.console import is_terminal, local_time
from pywrangler.errors import PywranglerError, UsageError
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pywrangler.cloudflare.secrets_store import AccountSecret

SCOPES = ("workers", "containers", "ai_gateway", "dex", "access")
SecretId = Annotated[str, typer.Option("--secret-id", metavar="ID", help="Id of the secret, or its name.")]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the secret.")]
Value = Annotated[
    str | None,
    typer.Option(
        "--value",
        metavar="TEXT",
        help="The value. The shell's history and the process list show it; pipe it in instead.",
    ),
]
Scopes = Annotated[
    str,
    typer.Option(
        "--scopes", metavar="LIST", help='Who may use it, separated by commas: "workers,containers".'
    ),
]
NewScopes = Annotated[str | None, typer.Option("--scopes", metavar="LIST", help="Change who may use it.")]
Comment = Annotated[str | None, typer.Option("--comment", metavar="TEXT", help="A comment on it.")]


def create(
    run: Invocation,
    store_id: StoreId,
    name: Name,
    scopes: Scopes,
    value: Value = None,
    comment: Comment = None,
    as_json: AsJson = False,
    persist_to: PersistTo = None,
) -> None:
    """Create a secret in a store. The value is typed when asked, or read from standard input.

    Example: pywrangler secrets-store secret create my-store --name DB_PASSWORD --scopes workers --remote
    """
    from pywrangler.cloudflare.secrets_store import check_secret_name, check_secret_value, create_secret

    warn_about_persist_to(run, persist_to)
    check_secret_name(name)
    allowed = _split(run, scopes)
    secret = Sensitive(value) if value else read_secret(run, name)
    check_secret_value(secret)
    client = run.changing_client()
    with ensured_store(run, client, store_id) as store, _refusing_taken_name(store_id, name):
        made = create_secret(client, store, name=name, value=secret, scopes=allowed, comment=comment)
    run.console.success(f"Created the secret {made.name} with the id {made.id}.")
    _show(run, [made], as_json=as_json)


def list_(
    run: Invocation,
    store_id: StoreId,
    page: PageNumber = None,
    per_page: PageSize = None,
    as_json: AsJson = False,
    persist_to: PersistTo = None,
) -> None:
    """List the secrets of a store; values are never shown.

    Example: pywrangler secrets-store secret list my-store --remote
    """
    from pywrangler.cloudflare.secrets_store import list_secrets

    warn_about_persist_to(run, persist_to)
    with chosen_store(run.client, store_id) as store:
        found = list_secrets(run.client, store, chosen_page(page, per_page))
    _show(run, found, as_json=as_json)


def get(
    run: Invocation,
    store_id: StoreId,
    secret_id: SecretId,
    as_json: AsJson = False,
    persist_to: PersistTo = None,
) -> None:
    """Show what is known about a secret; its value is never shown.

    Example: pywrangler secrets-store secret get STORE_ID --secret-id ID --remote
    """
    from pywrangler.cloudflare.secrets_store import get_secret

    warn_about_persist_to(run, persist_to)
    with chosen_secret(run.client, store_id, secret_id) as (store, secret):
        found = get_secret(run.client, store, secret)
    _show(run, [found], as_json=as_json)


def update(
    run: Invocation,
    store_id: StoreId,
    secret_id: SecretId,
    value: Value = None,
    scopes: NewScopes = None,
    comment: Comment = None,
    as_json: AsJson = False,
    persist_to: PersistTo = None,
) -> None:
    """Change the value, the scopes or the comment of a secret.

    A new value is read from standard input; on a terminal it is asked for unless something else is changed.

    Example: pywrangler secrets-store secret update STORE_ID --secret-id ID --comment "rotated in May"
    --remote
    """
    from pywrangler.cloudflare.secrets_store import SecretChange, check_secret_value, update_secret

    warn_about_persist_to(run, persist_to)
    allowed = _split(run, scopes) if scopes else None
    secret = _new_value(run, value, is_needed=not scopes and not comment)
    if secret is None and not scopes and not comment:
        raise UsageError(
            "There is nothing to change.", hint="Pipe in a value, or give `--scopes` or `--comment`."
        )
    if secret is not None:
        check_secret_value(secret)
    change = SecretChange(secret, allowed, comment or None)
    client = run.changing_client()
    with chosen_secret(client, store_id, secret_id) as (store, chosen):
        changed = update_secret(client, store, chosen, change)
    run.console.success(f"Changed the secret {changed.name}.")
    _show(run, [changed], as_json=as_json)


def delete(
    run: Invocation,
    store_id: StoreId,
    secret_id: SecretId,
    skip_confirmation: SkipConfirmation = False,
    persist_to: PersistTo = None,
) -> None:
    """Delete a secret.

    Example: pywrangler secrets-store secret delete STORE_ID --secret-id ID --remote -y
    """
    from pywrangler.cloudflare.secrets_store import delete_secret

    warn_about_persist_to(run, persist_to)
    client = run.changing_client()
    with chosen_secret(client, store_id, secret_id) as (store, secret):
        if confirmed(run, f"Delete the secret {secret_id}?", skip=skip_confirmation):
            delete_secret(client, store, secret)
            run.console.success(f"Deleted the secret {secret_id}.")


def duplicate(
    run: Invocation,
    store_id: StoreId,
    secret_id: SecretId,
    name: Name,
    scopes: Scopes,
    comment: Comment = None,
    as_json: AsJson = False,
    persist_to: PersistTo = None,
) -> None:
    """Copy a secret, with its value, under another name.

    Example: pywrangler secrets-store secret duplicate STORE_ID --secret-id ID --name COPY --scopes workers
    """
    from pywrangler.cloudflare.secrets_store import check_secret_name, duplicate_secret

    warn_about_persist_to(run, persist_to)
    check_secret_name(name)
    allowed = _split(run, scopes)
    client = run.changing_client()
    chosen = chosen_secret(client, store_id, secret_id)
    with chosen as (store, secret), _refusing_taken_name(store_id, name):
        made = duplicate_secret(client, store, secret, name=name, scopes=allowed, comment=comment or "")
    run.console.success(f"Created the secret {made.name} with the id {made.id}.")
    _show(run, [made], as_json=as_json)


def _new_value(run: Invocation, value: str | None, *, is_needed: bool) -> Sensitive[str] | None:
    """The value to set, or None to leave the old one: what is piped in counts, as with Wrangler (4.164)."""
    if value:
        return Sensitive(value)
    if is_terminal(run.surroundings.stdin):
        return read_secret(run, "the secret") if is_needed and run.is_interactive else None
    piped = read_stdin(run).rstrip(WHITE_SPACE)
    return Sensitive(piped) if piped else None


def _refusing_taken_name(store: str, name: str) -> AbstractContextManager[None]:
    return refusing_what_exists(
        f"The store `{store}` already has a secret `{name}`.",
        f"Change it: `pywrangler secrets-store secret update {store} --secret-id {name}`.",
    )


def _split(run: Invocation, scopes: str) -> list[str]:
    """The scopes in a list with commas. Raises `UsageError` for none: no product could use the secret."""
    found = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if not found:
        raise UsageError("`--scopes` names no scope.", hint="Write it like `--scopes workers,containers`.")
    for scope in found:
        if scope not in SCOPES and (meant := nearest(scope, SCOPES)):
            run.console.warning(f"`{scope}` is not a scope that pywrangler knows. {meant}")
    return found


def _show(run: Invocation, secrets: Sequence[AccountSecret], *, as_json: bool) -> None:
    if as_json:
        run.console.json([asdict(secret) for secret in secrets])
    elif not secrets:
        raise PywranglerError("There are no secrets to list.", hint=EMPTY_HINT)
    else:
        columns = ("NAME", "ID", "COMMENT", "SCOPES", "STATUS", "CREATED", "MODIFIED")
        rows = [
            (
                s.name,
                s.id,
                s.comment,
                ", ".join(s.scopes),
                s.status,
                local_time(s.created),
                local_time(s.modified),
            )
            for s in secrets
        ]
        run.console.table(columns, rows)
