"""`pywrangler r2 bucket`: create, list, info, delete, update storage-class."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.r2.names import check_bucket, expecting_bucket, read_storage_class
from pywrangler.commands.shared.new_binding import (
    BindingName,
    UpdateConfig,
    UseRemote,
    binding_name,
    check_binding,
    show_new_binding,
)
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.taken_names import expecting_free_name
from pywrangler.errors import ApiError, UsageError
from pywrangler.wording import readable_bytes

if TYPE_CHECKING:
    from pywrangler.cloudflare.r2 import BucketUsage

BUCKET_EXISTS, BUCKET_NOT_EMPTY = 10004, 10008


class BucketLocation(StrEnum):
    """The location of a bucket."""

    WEUR = "weur"
    EEUR = "eeur"
    APAC = "apac"
    WNAM = "wnam"
    ENAM = "enam"
    OC = "oc"


Bucket = Annotated[str, typer.Argument(metavar="BUCKET", help="Name of the bucket.")]
LocationHint = Annotated[BucketLocation | None, typer.Option("--location", help="Where to keep the bucket.")]
StorageClass = Annotated[
    str | None,
    typer.Option(
        "--storage-class",
        "-s",
        metavar="CLASS",
        help="Storage class of new objects: Standard or InfrequentAccess.",
    ),
]
NewClass = Annotated[
    str, typer.Option("--storage-class", "-s", metavar="CLASS", help="Standard or InfrequentAccess.")
]
Jurisdiction = Annotated[
    str | None, typer.Option("--jurisdiction", "-J", metavar="NAME", help="The bucket's jurisdiction.")
]


def create(
    run: Invocation,
    bucket: Bucket,
    location: LocationHint = None,
    storage_class: StorageClass = None,
    jurisdiction: Jurisdiction = None,
    binding: BindingName = None,
    use_remote: UseRemote = None,
    update_config: UpdateConfig = False,
    as_json: AsJson = False,
) -> None:
    """Create a bucket and show what to add to the configuration.

    Example: pywrangler r2 bucket create images
    """
    from pywrangler.cloudflare.r2 import create_bucket

    check_bucket(bucket)
    check_binding(binding)
    if jurisdiction and location:
        raise UsageError(
            "`--jurisdiction` and `--location` exclude each other.",
            hint="Omit one of them.",
        )
    chosen = read_storage_class(storage_class) if storage_class is not None else None
    client = run.changing_client()
    with expecting_free_name("bucket", bucket, taken=BUCKET_EXISTS, listing="pywrangler r2 bucket list"):
        made = create_bucket(
            client, bucket, location=location, storage_class=chosen, jurisdiction=jurisdiction
        )
    run.console.success(f"Created the bucket {bucket}.")
    if as_json:
        run.console.json(made)
        return
    show_new_binding(
        run,
        "r2_buckets",
        binding or binding_name(bucket, "r2"),
        {"bucket_name": bucket},
        updates=update_config,
        is_remote=use_remote,
    )


def list_(run: Invocation, jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """List the buckets of the account.

    Example: pywrangler r2 bucket list
    """
    from pywrangler.cloudflare.r2 import list_buckets

    found = list_buckets(run.client, jurisdiction)
    if as_json:
        run.console.json(found)
        return
    fields = ("name", "creation_date", "location", "storage_class")
    run.console.table(
        ("name", "created", "location", "storage class"),
        [[bucket.get(field) for field in fields] for bucket in found],
    )


def info(run: Invocation, bucket: Bucket, jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """Show a bucket, with the number and the size of its objects.

    Example: pywrangler r2 bucket info images
    """
    from pywrangler.cloudflare.r2 import get_bucket

    check_bucket(bucket, run)
    with expecting_bucket(run.client, bucket):
        found = get_bucket(run.client, bucket, jurisdiction)
        facts = describe(found, _usage(run, bucket, jurisdiction))
    if as_json:
        run.console.json(facts)
    else:
        run.console.record([(name.replace("_", " "), value) for name, value in facts.items()])


def delete(run: Invocation, bucket: Bucket, jurisdiction: Jurisdiction = None) -> None:
    """Delete a bucket, which must be empty.

    Example: pywrangler r2 bucket delete images
    """
    from pywrangler.cloudflare.r2 import delete_bucket

    check_bucket(bucket, run)
    client = run.changing_client()
    try:
        with expecting_bucket(client, bucket):
            delete_bucket(client, bucket, jurisdiction)
    except ApiError as error:
        if error.api_code == BUCKET_NOT_EMPTY:
            error.message, error.detail = f"The bucket `{bucket}` is not empty.", None
            error.hint = "Delete its objects first: `pywrangler r2 object delete BUCKET/KEY`."
        raise
    run.console.success(f"Deleted the bucket {bucket}.")


def update_storage_class(
    run: Invocation, bucket: Bucket, storage_class: NewClass, jurisdiction: Jurisdiction = None
) -> None:
    """Change the storage class that new objects of a bucket get.

    Example: pywrangler r2 bucket update storage-class images -s InfrequentAccess
    """
    from pywrangler.cloudflare.r2 import set_storage_class

    check_bucket(bucket, run)
    chosen = read_storage_class(storage_class)
    client = run.changing_client()
    with expecting_bucket(client, bucket):
        set_storage_class(client, bucket, chosen, jurisdiction)
    run.console.success(f"New objects of the bucket {bucket} get the storage class {chosen}.")


def describe(bucket: dict[str, Any], usage: BucketUsage) -> dict[str, str]:
    """A bucket as Wrangler's `r2 bucket info --json` (4.164) prints it."""
    return {
        "name": str(bucket["name"]),
        "created": str(bucket.get("creation_date") or "(unknown)"),
        "location": str(bucket.get("location") or "(unknown)"),
        "default_storage_class": str(bucket.get("storage_class") or "(unknown)"),
        "object_count": f"{usage.objects:,}",
        "bucket_size": readable_bytes(usage.bytes),
    }


def _usage(run: Invocation, bucket: str, jurisdiction: str | None) -> BucketUsage:
    from pywrangler.cloudflare.r2 import count_objects, measured_usage

    if run.target is Target.LOCAL:
        return count_objects(run.client, bucket)
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    since = now - timedelta(days=1)
    return measured_usage(run.client, bucket, since.isoformat(), now.isoformat(), jurisdiction)
