"""`pywrangler mtls-certificate`: upload, list, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.input import confirmed, read_text
from pywrangler.commands.shared.options import AsJson, SkipConfirmation
from pywrangler.errors import MissingError, UsageError
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.products.mtls import Certificate

Cert = Annotated[
    Path,
    typer.Option("--cert", metavar="FILE", help="The certificate and those that it is signed by, in PEM."),
]
Key = Annotated[Path, typer.Option("--key", metavar="FILE", help="Its private key, in PEM.")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="A name for the certificate.")]
LocalId = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="ID",
        help="The id that the configuration has already, as `certificate_id`; on the local platform only.",
    ),
]
Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="Id of the certificate.")]
NamedName = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Name of the certificate.")]


def upload(
    run: Invocation,
    cert: Cert,
    key: Key,
    name: Name = None,
    local_id: LocalId = None,
    as_json: AsJson = False,
) -> None:
    """Upload a client certificate with its key, for bindings in `mtls_certificates`.

    Example: pywrangler mtls-certificate upload --cert client.pem --key client-key.pem --name shop
    """
    from pywrangler.cloudflare.products.mtls import upload_certificate

    chain, private = read_text(run, cert), Sensitive(read_text(run, key))
    if local_id is not None and run.target is not Target.LOCAL:
        raise UsageError("`--id` is for the local platform.", hint="Omit it: Cloudflare chooses the id.")
    client = run.changing_client()
    made = upload_certificate(client, chain, private, name=name, certificate_id=local_id)
    run.console.success(f"Uploaded the certificate{f' {name}' if name else ''}.")
    if as_json:
        run.console.json(made)
        return
    run.console.info(f"Issuer: {made.get('issuer')}. It expires on {str(made.get('expires_on'))[:10]}.")
    run.console.info("To use it, add it to mtls_certificates in the configuration:")
    run.console.result(f'{{ "binding": "MTLS", "certificate_id": {json.dumps(made["id"])} }}')


def list_(run: Invocation, as_json: AsJson = False) -> None:
    """List the client certificates.

    Example: pywrangler mtls-certificate list
    """
    from pywrangler.cloudflare.products.mtls import list_certificates

    found = list_certificates(run.client)
    if as_json:
        run.console.json(found)
        return
    columns = ("id", "name", "issuer", "uploaded_on", "expires_on")
    rows = [[each.get(column) or None for column in columns] for each in found]
    run.console.table(("ID", "NAME", "ISSUER", "CREATED", "EXPIRES"), rows)


def delete(
    run: Invocation, certificate_id: Id = None, name: NamedName = None, skip: SkipConfirmation = False
) -> None:
    """Delete a client certificate, by its id or its name.

    Example: pywrangler mtls-certificate delete --name shop
    """
    from pywrangler.cloudflare.products.mtls import delete_certificate, get_certificate

    if (certificate_id is None) == (name is None):
        raise UsageError("Give either `--id` or `--name`.")
    client = run.changing_client()
    found = get_certificate(client, certificate_id) if certificate_id else _named(client, name or "")
    shown = f"{found['id']} ({found['name']})" if found.get("name") else str(found["id"])
    if not confirmed(run, f"Delete the certificate {shown}?", skip=skip):
        return
    delete_certificate(client, str(found["id"]))
    run.console.success(f"Deleted the certificate {shown}.")


def _named(client: Client, name: str) -> Certificate:
    from pywrangler.cloudflare.products.mtls import list_certificates

    found = list_certificates(client, name=name)
    listing = "`pywrangler mtls-certificate list` shows the certificates with their ids."
    if not found:
        raise MissingError(f"There is no certificate of the name `{name}`.", hint=listing)
    if len(found) > 1:
        raise UsageError(f"{len(found)} certificates have the name `{name}`.", hint=f"Give `--id`. {listing}")
    return found[0]
