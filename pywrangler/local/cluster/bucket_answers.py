"""What a bucket's answers mean, and the errors for those that cannot be used. Without I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal, TypeAlias
from xml.etree import ElementTree

from pywrangler.errors import PywranglerError

Meaning: TypeAlias = Literal["done", "absent", "lost", "again", "refused"]

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_HINTS = {
    "AccessDenied": "Allow this key to read, write, list and delete objects of the bucket.",
    "InvalidAccessKeyId": "Correct the access key id, or create the key.",
    "SignatureDoesNotMatch": "Correct the secret of the access key.",
    "RequestTimeTooSkewed": "Set the clock of this machine, for example with `timedatectl set-ntp true`.",
    "NoSuchBucket": "Create the bucket, or correct its name.",
    "AuthorizationHeaderMalformed": "Give the region of the bucket.",
    "PermanentRedirect": "Give the region and the endpoint of the bucket.",
}


class BucketError(PywranglerError):
    """The bucket refused a request."""

    code = "bucket-refused"


class BucketUnreachableError(PywranglerError):
    """The bucket gave no answer in time.

    `is_uncertain`: a write may have taken effect, because it was sent and only its answer is missing.
    """

    code = "bucket-unreachable"

    def __init__(self, message: str, *, hint: str | None = None, is_uncertain: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_uncertain = is_uncertain


@dataclass(frozen=True)
class BucketObjectFacts:
    """An object without its content. Both times are the bucket's own, in whole seconds."""

    etag: str
    date: datetime
    """When the bucket answered."""
    modified: datetime
    """When the object was written."""
    writer: str = ""
    """The mark of the conditional write that made it."""


@dataclass(frozen=True)
class ListedObject:
    """An entry of a list; `key` is without the cluster's prefix."""

    key: str
    size: int
    modified: datetime


def meaning_of(status: int, error_code: str) -> Meaning:
    """What to do after an answer: `done` and `absent` are results, `lost` says that the condition of a write
    did not hold, `again` that the same request may succeed later.
    """
    if status < 300:
        return "done"
    if status == 412:
        return "lost"
    # Two conditional writes of one key at the same moment: S3 answers 409 and asks for another try.
    if status in TRANSIENT or status == 409 or error_code in ("RequestTimeout", "SlowDown"):
        return "again"
    if status == 404 and error_code != "NoSuchBucket":
        return "absent"
    return "refused"


def error_code_of(content: bytes) -> str:
    """The code in the XML of an error; empty without one, as in an answer to HEAD."""
    try:
        return ElementTree.fromstring(content).findtext("Code") or ""  # noqa: S314 - expat bounds expansion
    except ElementTree.ParseError:
        return ""


def refusal(what: str, status: int, error_code: str, date: datetime | None) -> BucketError:
    """The error for an answer that no other try changes; `what` names request, key and bucket."""
    reason = error_code or {403: "AccessDenied", 301: "PermanentRedirect"}.get(status, "")
    text = f"{reason}, status {status}" if reason else f"status {status}"
    clock = (
        f" The bucket's clock says {date:%Y-%m-%d %H:%M:%S} UTC."
        if reason.endswith("Skewed") and date
        else ""
    )
    return BucketError(f"{what} was refused: {text}.{clock}", hint=_HINTS.get(reason))


def read_list(content: bytes, prefix: str) -> tuple[list[ListedObject], str | None]:
    """The objects of one page of a list, and the token of the next page if there is one."""
    root = ElementTree.fromstring(content)  # noqa: S314 - expat bounds expansion
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    found = [
        ListedObject(
            (entry.findtext(f"{space}Key") or "").removeprefix(prefix),
            int(entry.findtext(f"{space}Size") or 0),
            datetime.fromisoformat(entry.findtext(f"{space}LastModified") or ""),
        )
        for entry in root.iter(f"{space}Contents")
    ]
    is_whole = root.findtext(f"{space}IsTruncated") != "true"
    return found, None if is_whole else root.findtext(f"{space}NextContinuationToken")


def http_date(text: str | None) -> datetime | None:
    """The time of a header such as `Date`; None if it is absent or malformed."""
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def pauses(jitter: float) -> Iterator[float]:
    """Seconds between tries: 50 ms, then the double each time up to 1 s. `jitter` (0 to 1) spreads several
    clients.
    """
    pause = 0.05
    while True:
        yield pause * (0.5 + jitter)
        pause = min(pause * 2, 1.0)
