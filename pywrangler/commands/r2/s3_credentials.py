"""`pywrangler r2 s3-credentials`: create, list, delete. At Cloudflare, such keys are API tokens of R2."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import ApiError, UsageError

Name = Annotated[str | None, typer.Argument(metavar="NAME", help="What the key is for, in your words.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The access key id.")]


def create(run: Invocation, name: Name = None, as_json: AsJson = False) -> None:
    """Create an access key for all buckets of the local platform; print it with the endpoint as variables.

    Only this command shows the secret.

    Example: pywrangler r2 s3-credentials create
    """
    from pywrangler.cloudflare.local import create_s3_key

    _check_target(run)
    made = create_s3_key(run.changing_client(), name)
    if as_json:
        run.console.json(made)
        return
    run.console.success("Created the access key. Clients of S3 read it from these variables:")
    for line in environment_lines(made["access_key_id"], made["secret_access_key"], made["endpoint"]):
        run.console.result(line)


def list_(run: Invocation, as_json: AsJson = False) -> None:
    """List the access keys, and the endpoint for clients of S3.

    Example: pywrangler r2 s3-credentials list
    """
    from pywrangler.cloudflare.local import list_s3_keys

    _check_target(run)
    found = list_s3_keys(run.client)
    if as_json:
        run.console.json(found)
        return
    fields = ("access_key_id", "name", "created")
    run.console.table(("id", "name", "created"), [[key[field] for field in fields] for key in found["keys"]])
    if found["endpoint"]:
        run.console.info(f"Endpoint: {found['endpoint']}")


def delete(run: Invocation, access_key_id: KeyId) -> None:
    """Delete an access key: what is signed with it is refused from now on.

    Example: pywrangler r2 s3-credentials delete 0123456789abcdef0123456789abcdef
    """
    from pywrangler.cloudflare.local import delete_s3_key

    _check_target(run)
    try:
        delete_s3_key(run.changing_client(), access_key_id)
    except ApiError as error:
        if error.status == 404:
            error.message, error.detail = f"There is no access key `{access_key_id}`.", None
            error.hint = "`pywrangler r2 s3-credentials list` shows the keys."
        raise
    run.console.success(f"Deleted the access key {access_key_id}.")


def environment_lines(access_key_id: str, secret: str, endpoint: str) -> list[str]:
    """What the AWS CLI and boto3 read, for a shell or an env file."""
    return [
        f"AWS_ACCESS_KEY_ID={access_key_id}",
        f"AWS_SECRET_ACCESS_KEY={secret}",
        f"AWS_ENDPOINT_URL_S3={endpoint}",
        "AWS_REGION=auto",
    ]


def _check_target(run: Invocation) -> None:
    if run.target is Target.CLOUDFLARE:
        raise UsageError(
            "Cloudflare's access keys for S3 are API tokens of R2, which are made in the dashboard.",
            hint="Open https://dash.cloudflare.com/?to=/:account/r2/api-tokens, or omit `--remote`.",
        )
