"""Names of buckets, objects and storage classes: which can be, and what a command says of those that are not
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation

BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
BUCKET_HINT = "A name has 3 to 63 lower-case letters, digits and hyphens, without a hyphen at either end."
MAX_KEY_BYTES = 1024
STORAGE_CLASSES = ("Standard", "InfrequentAccess")


def check_bucket(name: str, run: Invocation | None = None) -> str:
    """The name of a bucket. Raises `UsageError` for what cannot be one, such as a binding of the project."""
    if BUCKET.fullmatch(name):
        return name
    bound = _bound_to(run, name) if run else None
    hint = f"`{name}` is a binding. Give its bucket: `{bound}`." if bound else BUCKET_HINT
    raise UsageError(f"`{name}` cannot be the name of a bucket.", hint=hint)


def split_path(path: str, run: Invocation) -> tuple[str, str]:
    """The bucket and the key in `BUCKET/KEY`. Raises `UsageError`."""
    bucket, slash, key = path.partition("/")
    if not slash or not key:
        raise UsageError(f"`{path}` names no object.", hint="Write it as `BUCKET/KEY`.")
    check_bucket(bucket, run)
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > MAX_KEY_BYTES:
        raise UsageError(f"The key has {size} bytes; at most {MAX_KEY_BYTES} are allowed.")
    return bucket, key


def read_storage_class(name: str) -> str:
    """The storage class in R2's spelling; raises `UsageError` for another word."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    found = next((known for known in STORAGE_CLASSES if known.lower() == plain), None)
    if found is None:
        raise UsageError(
            f"`{name}` is not a storage class.", hint=f"Use one of: {', '.join(STORAGE_CLASSES)}."
        )
    return found


@contextmanager
def expecting_bucket(client: Client, bucket: str, key: str | None = None) -> Iterator[None]:
    """Inside, the API is asked about the bucket, or about an object in it, which may not exist."""
    from pywrangler.cloudflare.r2 import NO_SUCH_BUCKET, NO_SUCH_KEY

    try:
        yield
    except ApiError as error:
        if error.status == 404 and error.api_code == NO_SUCH_BUCKET:
            error.message, error.detail = f"There is no R2 bucket `{bucket}`.", None
            error.hint = _nearest_bucket(client, bucket)
        elif error.status == 404 and error.api_code == NO_SUCH_KEY and key is not None:
            error.message, error.detail = f"The bucket `{bucket}` has no object `{key}`.", None
            error.hint = "Check the key, which is what follows the first slash, and the target."
        raise


def _nearest_bucket(client: Client, bucket: str) -> str:
    from pywrangler.cloudflare.r2 import list_buckets

    try:
        names = [str(each.get("name")) for each in list_buckets(client)]
    except ApiError:
        names = []
    return nearest(bucket, names) or "`pywrangler r2 bucket list` shows the buckets."


def _bound_to(run: Invocation, binding: str) -> str | None:
    """The bucket that the project binds under this name."""
    fields = run.project.fields
    entries = (fields.get("r2_buckets") if fields else None) or ()
    entry = next((each for each in entries if each.get("binding") == binding), None)
    if fields is None or entry is None or run.target is not Target.LOCAL:
        return entry.get("bucket_name") if entry else None
    from pywrangler.deploy.worker.local_products import local_bucket_name

    return local_bucket_name(entry, fields.worker_name)
