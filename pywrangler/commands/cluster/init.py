"""`pywrangler cluster init`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.cluster.nodes import check_target, restart_platform, show_token
from pywrangler.commands.cluster.options import Advertise
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.input import read_secret
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

Bucket = Annotated[
    str,
    typer.Argument(metavar="BUCKET", help="The bucket, and the part of it that the cluster gets: s3://..."),
]
Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="URL",
        help="Address of the S3 server; default: AWS_ENDPOINT_URL_S3, then Amazon S3.",
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region", metavar="REGION", help="Region of the bucket; default: AWS_REGION, then us-east-1."
    ),
]
AccessKeyId = Annotated[
    str | None,
    typer.Option(
        "--access-key-id", metavar="ID", help="Access key of the bucket; default: AWS_ACCESS_KEY_ID."
    ),
]
DEFAULT_REGION = "us-east-1"


def init(
    run: Invocation,
    bucket: Bucket,
    advertise: Advertise,
    endpoint: Endpoint = None,
    region: Region = None,
    access_key_id: AccessKeyId = None,
    as_json: AsJson = False,
) -> None:
    """Make a cluster in a bucket, with this machine as its first node. Prints a token for the next one.

    The command tries first whether the bucket writes on conditions, as a cluster needs it. The secret of the
    access key is in AWS_SECRET_ACCESS_KEY, typed when asked, or read from standard input.

    Example: pywrangler cluster init s3://lab/one --endpoint http://10.0.0.9:8333 --advertise 10.0.0.1
    """
    from pywrangler.cloudflare.products.cluster import make_cluster, make_join_token

    check_target(run)
    said = run.environment
    key_id = access_key_id or said.get("AWS_ACCESS_KEY_ID")
    if not key_id:
        raise UsageError(
            "There is no access key for the bucket.",
            hint="Set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or give `--access-key-id`.",
        )
    known = said.get("AWS_SECRET_ACCESS_KEY")
    secret = Sensitive(known) if known else read_secret(run, "the secret access key")
    with started_platform(run) as client:
        made = make_cluster(
            client,
            bucket,
            endpoint=endpoint or said.get("AWS_ENDPOINT_URL_S3") or None,
            region=region or said.get("AWS_REGION") or DEFAULT_REGION,
            access_key_id=key_id,
            secret_access_key=secret,
            advertise=advertise,
        )
    restart_platform(run)
    with started_platform(run) as client:
        token = make_join_token(client)
    if as_json:
        run.console.json({**made, "token": token.reveal()})
        return
    run.console.success(f"Made a cluster in {made['bucket']}. This machine is its node {made['node']}.")
    show_token(run, token)
