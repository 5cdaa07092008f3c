"""`pywrangler r2 bucket dev-url`: enable, disable, get. The address at which anyone can read a bucket."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.r2.bucket import Bucket, Jurisdiction
from pywrangler.commands.r2.names import check_bucket, expecting_bucket
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import AsJson

Force = Annotated[bool, typer.Option("--force", "-y", help="Do not ask for confirmation.")]


def get(run: Invocation, bucket: Bucket, jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """Show whether anyone can read a bucket, and at which address.

    Example: pywrangler r2 bucket dev-url get images
    """
    from pywrangler.cloudflare.products.r2_access import public_address

    check_bucket(bucket, run)
    with expecting_bucket(run.client, bucket):
        found = public_address(run.client, bucket, jurisdiction)
    if as_json:
        run.console.json(found)
    elif found["enabled"]:
        run.console.result(f"Public access is enabled at '{_url(run, found)}'.")
    else:
        run.console.result("Public access via the r2.dev URL is disabled.")


def enable(run: Invocation, bucket: Bucket, force: Force = False, jurisdiction: Jurisdiction = None) -> None:
    """Let anyone read the objects of a bucket, at an address without a key.

    Example: pywrangler r2 bucket dev-url enable images
    """
    _change(run, bucket, force, jurisdiction, enabled=True)


def disable(run: Invocation, bucket: Bucket, force: Force = False, jurisdiction: Jurisdiction = None) -> None:
    """Close the public address of a bucket.

    Example: pywrangler r2 bucket dev-url disable images
    """
    _change(run, bucket, force, jurisdiction, enabled=False)


def _change(run: Invocation, bucket: str, force: bool, jurisdiction: str | None, *, enabled: bool) -> None:
    from pywrangler.cloudflare.products.r2_access import set_public

    check_bucket(bucket, run)
    client = run.changing_client()
    what = "Let anyone read" if enabled else "Close the public address of"
    if not confirmed(run, f"{what} the bucket {bucket}?", skip=force):
        return
    with expecting_bucket(client, bucket):
        found = set_public(client, bucket, enabled=enabled, jurisdiction=jurisdiction)
    word = "enabled" if enabled else "disabled"
    run.console.success(f"Public access is {word} at '{_url(run, found)}'.")


def _url(run: Invocation, found: dict[str, Any]) -> str:
    """The platform's address is on loopback, where there is no TLS."""
    scheme = "http" if run.target is Target.LOCAL else "https"
    return f"{scheme}://{found['domain']}"
