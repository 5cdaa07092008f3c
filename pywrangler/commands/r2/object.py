"""`pywrangler r2 object`: get, put, delete."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.r2.names import expecting_bucket, read_storage_class, split_path
from pywrangler.commands.r2.transfers import (
    Counted,
    default_file,
    opened_source,
    write_to_stdout,
)
from pywrangler.commands.shared.files import write_file
from pywrangler.commands.shared.options import PersistTo, warn_about_persist_to
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError
from pywrangler.wording import readable_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_API_BYTES = 300 * 1024 * 1024
"""What Wrangler (4.164) sends to Cloudflare's API at most."""


def _option(name: str, alias: str | None, text: str, metavar: str = "TEXT") -> Any:
    names = (name, alias) if alias else (name,)
    return typer.Option(*names, metavar=metavar, help=text)


ObjectPath = Annotated[str, typer.Argument(metavar="BUCKET/KEY", help="The bucket and the object's key.")]
Jurisdiction = Annotated[str | None, _option("--jurisdiction", "-J", "The bucket's jurisdiction.", "NAME")]
Force = Annotated[
    bool, typer.Option("--force", "-y", help="Do not ask if the bucket belongs to a data catalog.")
]


def get(
    run: Invocation,
    path: ObjectPath,
    file: Annotated[
        str | None,
        _option("--file", "-f", "Write the object to this file; default: a file named by its key.", "FILE"),
    ] = None,
    pipe: Annotated[bool, typer.Option("--pipe", "-p", help="Write it to standard output.")] = False,
    jurisdiction: Jurisdiction = None,
    persist_to: PersistTo = None,
) -> None:
    """Write an object to a file, or to standard output.

    A terminal shows control characters as escapes, and gets no object that is not text.

    Example: pywrangler r2 object get images/logo.png --file logo.png
    """
    from pywrangler.cloudflare.r2 import read_object

    _check_one_way(file, pipe)
    warn_about_persist_to(run, persist_to)
    bucket, key = split_path(path, run)
    target = None if pipe else run.directory / file if file else default_file(run, key)
    with expecting_bucket(run.client, bucket, key):
        pieces = read_object(run.client, bucket, key, jurisdiction)
    if target is None:
        write_to_stdout(run, pieces)
        return
    with run.console.progress() as progress:
        task = progress.task(f"Downloading {key}")
        size = write_file(target, pieces, task.advance)
        task.done(f"{readable_bytes(size)} written to {file or key}")


@dataclass(frozen=True)
class PutOptions:
    """The options of `r2 object put`."""

    path: ObjectPath
    file: Annotated[str | None, _option("--file", "-f", "The file to write.", "FILE")] = None
    pipe: Annotated[bool, typer.Option("--pipe", "-p", help="Read the object from standard input.")] = False
    content_type: Annotated[str | None, _option("--content-type", "--ct", "Its MIME type.")] = None
    content_disposition: Annotated[
        str | None, _option("--content-disposition", "--cd", "How browsers should present it.")
    ] = None
    content_encoding: Annotated[
        str | None, _option("--content-encoding", "--ce", "How the file is encoded, such as gzip.")
    ] = None
    content_language: Annotated[str | None, _option("--content-language", "--cl", "Its language.")] = None
    cache_control: Annotated[
        str | None, _option("--cache-control", "--cc", "How caches should treat it.")
    ] = None
    expires: Annotated[
        str | None,
        _option("--expires", None, "When caches should drop it: a date, or milliseconds since 1970."),
    ] = None
    storage_class: Annotated[
        str | None, _option("--storage-class", "-s", "Standard or InfrequentAccess.", "CLASS")
    ] = None
    jurisdiction: Jurisdiction = None
    force: Force = False
    persist_to: PersistTo = None

    def headers(self) -> dict[str, str]:
        """The object's HTTP metadata. Raises `UsageError` for a text that no header can have."""
        names = ("content_type", "content_disposition", "content_encoding", "content_language",
                 "cache_control", "expires")  # fmt: skip
        found = {field.name: getattr(self, field.name) for field in fields(self) if field.name in names}
        for name, value in found.items():
            if value and not value.isprintable():
                option = name.replace("_", "-")
                raise UsageError(
                    f"`--{option}` has a character that cannot be printed.", hint="Write it in one line."
                )
        return {name.replace("_", "-").title(): value for name, value in found.items() if value}


def put(run: Invocation, options: PutOptions) -> None:
    """Write an object from a file, or from standard input.

    Example: pywrangler r2 object put images/logo.png --file logo.png --content-type image/png
    """
    from pywrangler.cloudflare.r2 import write_object

    _check_one_way(options.file, options.pipe)
    if not options.file and not options.pipe:
        raise UsageError(
            "There is nothing to write.",
            hint="Name a file with `--file FILE`, or give `--pipe` and pipe it in.",
        )
    warn_about_persist_to(run, options.persist_to)
    bucket, key = split_path(options.path, run)
    headers = options.headers()
    storage_class = read_storage_class(options.storage_class) if options.storage_class is not None else None
    with opened_source(run, options.file if not options.pipe else None) as (source, size):
        _check_size(run, key, size)
        client = run.changing_client()
        if run.target is Target.LOCAL:
            from pywrangler.cloudflare.local import ensure_r2_bucket

            ensure_r2_bucket(client, bucket)
        with run.console.progress() as progress:
            task = progress.task(f"Uploading {key}")
            content = Counted(source, size, lambda done: task.advance(done, size))

            def write(checks_catalog: bool) -> None:
                write_object(
                    client,
                    bucket,
                    key,
                    content,
                    size,
                    metadata=headers,
                    jurisdiction=options.jurisdiction,
                    storage_class=storage_class,
                    checks_catalog=checks_catalog,
                )

            with expecting_bucket(client, bucket):
                _minding_catalog(run, bucket, write, force=options.force)
            task.done(f"{readable_bytes(size)} written to {bucket}")


def delete(
    run: Invocation,
    path: ObjectPath,
    jurisdiction: Jurisdiction = None,
    force: Force = False,
    persist_to: PersistTo = None,
) -> None:
    """Delete an object.

    Example: pywrangler r2 object delete images/logo.png
    """
    from pywrangler.cloudflare.r2 import NO_SUCH_BUCKET, delete_object

    warn_about_persist_to(run, persist_to)
    bucket, key = split_path(path, run)
    client = run.changing_client()

    def remove(checks_catalog: bool) -> None:
        delete_object(client, bucket, key, jurisdiction=jurisdiction, checks_catalog=checks_catalog)

    try:
        with expecting_bucket(client, bucket):
            _minding_catalog(run, bucket, remove, force=force)
    except ApiError as error:
        # A bucket comes into being here when something is written to it, and is empty before.
        if run.target is Target.CLOUDFLARE or error.api_code != NO_SUCH_BUCKET:
            raise
    run.console.success(f"Deleted `{key}`.")


def _minding_catalog(run: Invocation, bucket: str, act: Callable[[bool], None], *, force: bool) -> None:
    """Do what may damage a data catalog: at Cloudflare only after a question, or with `--force`."""
    from pywrangler.cloudflare.r2 import CATALOG_IN_USE

    try:
        act(run.target is Target.CLOUDFLARE and not force)
    except ApiError as error:
        if error.api_code != CATALOG_IN_USE:
            raise
        question = f"The bucket {bucket} belongs to a data catalog, which this may damage. Continue?"
        # Without a terminal, Wrangler (4.164) continues.
        if run.is_interactive and not run.console.confirm(question):
            raise PywranglerError("Cancelled. Nothing was changed.", code="cancelled") from error
        act(False)


def _check_one_way(file: str | None, pipe: bool) -> None:
    if file and pipe:
        raise UsageError("`--file` and `--pipe` exclude each other.", hint="Omit one of them.")


def _check_size(run: Invocation, key: str, size: int) -> None:
    if run.target is Target.CLOUDFLARE and size > MAX_API_BYTES:
        raise UsageError(
            f"`{key}` has {size} bytes; Cloudflare's API takes at most {MAX_API_BYTES} (300 MiB).",
            hint="Use R2's S3 interface, which takes an object in parts.",
        )
