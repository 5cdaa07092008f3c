"""What answers of a bucket mean, by value."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from pywrangler.errors import UsageError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.bucket_answers import (
    ListedObject,
    error_code_of,
    http_date,
    meaning_of,
    pauses,
    read_list,
    refusal,
)
from pywrangler.local.cluster.probe import Findings, clock_difference, problems_of
from pywrangler.sensitive import Sensitive

GOOD = Findings(
    creators=1,
    is_created_twice=False,
    is_replaced_wrongly=False,
    is_replaced=True,
    stale_reads=0,
    is_listed=True,
    is_gone=True,
)


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (200, "", "done"),
        (204, "", "done"),
        (404, "NoSuchKey", "absent"),
        (404, "", "absent"),
        (404, "NoSuchBucket", "refused"),
        (412, "PreconditionFailed", "lost"),
        (409, "ConditionalRequestConflict", "again"),
        (400, "RequestTimeout", "again"),
        (400, "InvalidArgument", "refused"),
        (503, "SlowDown", "again"),
        (500, "InternalError", "again"),
        (301, "PermanentRedirect", "refused"),
        (403, "AccessDenied", "refused"),
    ],
)
def test_statuses(status: int, code: str, meaning: str) -> None:
    assert meaning_of(status, code) == meaning


def test_the_code_of_an_error() -> None:
    assert error_code_of(b"<Error><Code>NoSuchKey</Code><Message>m</Message></Error>") == "NoSuchKey"
    assert error_code_of(b"") == ""
    assert error_code_of(b"<html>not xml") == ""


def test_a_refusal_says_what_and_why() -> None:
    error = refusal("GET `a` in the bucket `s3://b`", 403, "SignatureDoesNotMatch", None)
    assert error.message == "GET `a` in the bucket `s3://b` was refused: SignatureDoesNotMatch, status 403."
    assert error.hint == "Correct the secret of the access key."
    bare = refusal("HEAD `a` in the bucket `s3://b`", 403, "", None)
    assert bare.message.endswith("AccessDenied, status 403.")
    date = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    skewed = refusal("GET `a` in the bucket `s3://b`", 403, "RequestTimeTooSkewed", date)
    assert skewed.message.endswith("The bucket's clock says 2026-11-30 06:00:00 UTC.")


def test_a_page_of_a_list() -> None:
    page = b"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <IsTruncated>true</IsTruncated><NextContinuationToken>t1</NextContinuationToken>
      <Contents><Key>lab/a/1</Key><LastModified>2026-11-30T06:00:00.000Z</LastModified><Size>5</Size></Contents>
    </ListBucketResult>"""
    expected = ListedObject("a/1", 5, datetime(2026, 11, 30, 6, 0, tzinfo=UTC))
    assert read_list(page, "lab/") == ([expected], "t1")
    assert read_list(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", "") == (
        [],
        None,
    )


def test_times_and_pauses() -> None:
    assert http_date("Mon, 30 Nov 2026 06:00:00 GMT") == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    assert http_date("yesterday") is None
    assert http_date(None) is None
    assert list(islice(pauses(0.5), 7)) == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


@pytest.mark.parametrize(
    ("sent", "seconds", "difference"),
    [
        ("06:00:00.400", 0.1, 0.0),  # within the bucket's second
        ("06:00:00.990", 0.1, 0.0),  # it answered in the next one, or not: no difference is seen
        ("06:00:03.500", 0.1, 2.5),
        ("05:59:58.000", 0.5, -1.5),
        ("06:00:01.500", 0.1, 0.5),
    ],
)
def test_the_difference_of_clocks(sent: str, seconds: float, difference: float) -> None:
    date = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    begun = datetime.fromisoformat(f"2026-11-30T{sent}+00:00")
    assert clock_difference(begun, seconds, date) == pytest.approx(difference)


def test_a_good_bucket_has_no_problems() -> None:
    assert problems_of(GOOD) == ()


def test_each_broken_promise_is_named() -> None:
    bad = Findings(
        creators=3,
        is_created_twice=True,
        is_replaced_wrongly=True,
        is_replaced=False,
        stale_reads=2,
        is_listed=False,
        is_gone=False,
    )
    problems = problems_of(bad)
    assert len(problems) == 7
    assert problems[0] == "it let 3 clients create the same object (If-None-Match)"
    assert "2 of 5 reads did not see the write before them" in problems


def test_addresses() -> None:
    address = BucketAddress.parse("s3://lab/a/b/", "http://10.0.0.9:8333/", "us-east-1", "k", Sensitive("s"))
    assert (address.bucket, address.prefix, address.endpoint) == ("lab", "a/b/", "http://10.0.0.9:8333")
    assert address.url == "s3://lab/a/b"
    amazon = BucketAddress.parse("s3://lab", None, "eu-west-1", "k", Sensitive("s"))
    assert (amazon.prefix, amazon.endpoint) == ("", "https://s3.eu-west-1.amazonaws.com")
    assert "hidden" in repr(address)


@pytest.mark.parametrize("url", ["lab", "https://lab/x", "s3://", "s3:///x", "s3://lab/x?y=1"])
def test_what_is_no_bucket(url: str) -> None:
    with pytest.raises(UsageError, match="is not a bucket"):
        BucketAddress.parse(url, None, "us-east-1", "k", Sensitive("s"))


@pytest.mark.parametrize("endpoint", ["10.0.0.9:8333", "ftp://a", "http://a/path"])
def test_what_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(UsageError, match="is not an endpoint"):
        BucketAddress.parse("s3://lab", endpoint, "us-east-1", "k", Sensitive("s"))
