"""R2 from the command line: what the commands send, write to files, show, and refuse."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pywrangler.cloudflare.r2 import BucketUsage
from pywrangler.commands.r2.bucket import describe
from pywrangler.commands.shared.new_binding import binding_name
from pywrangler.errors import ExitStatus
from pywrangler.wording import readable_bytes
from tests.support.api import Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run

BUCKET = {"name": "files", "creation_date": "2026-01-01", "location": "WEUR", "storage_class": "Standard"}
NO_BUCKET = refusal(404, 10006, "The specified bucket does not exist.")
NO_OBJECT = refusal(404, 10007, "The specified key does not exist.")
CATALOG = refusal(409, 10081, "data catalog")


def do(words: str, handler: Handler | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """Run a command of R2 at Cloudflare, played by `handler`."""
    with serve(handler or in_turn(result({}))) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, api.calls


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (999_999, "1 MB"),
        (1_073_741_824, "1.07 GB"),
        (123_456_789, "123 MB"),
        (10**18, "1000 PB"),
    ],
)
def test_sizes_are_shown_as_wrangler_shows_them(size: int, text: str) -> None:
    assert readable_bytes(size) == text


@pytest.mark.parametrize(
    ("name", "binding"),
    [("my-files", "my_files"), ("2nd", "_2nd"), ("a--b", "a_b"), ("", "R2"), ("---", "R2"), ("ä b", "_b")],
)
def test_a_binding_is_named_after_what_it_leads_to(name: str, binding: str) -> None:
    assert binding_name(name, "R2") == binding


def test_a_bucket_is_described_as_wrangler_describes_it() -> None:
    assert describe(BUCKET, BucketUsage(1234, 5_600_000)) == {
        "name": "files",
        "created": "2026-01-01",
        "location": "WEUR",
        "default_storage_class": "Standard",
        "object_count": "1,234",
        "bucket_size": "5.6 MB",
    }


@pytest.mark.parametrize(
    ("words", "body", "headers"),
    [
        ("files", {"name": "files"}, {}),
        (
            "files --location weur -s infrequent-access",
            {"locationHint": "weur", "storageClass": "InfrequentAccess"},
            {},
        ),
        ("files -J eu", {"name": "files"}, {"cf-r2-jurisdiction": "eu"}),
    ],
)
def test_a_bucket_is_made(words: str, body: dict[str, str], headers: dict[str, str]) -> None:
    outcome, (call,) = do(f"r2 bucket create {words}", in_turn(result(BUCKET)))
    assert outcome.status == 0, outcome.stderr
    assert (call.method, call.path) == ("POST", "/r2/buckets")
    assert call.json == {"name": "files", **body}
    assert headers.items() <= call.headers.items()
    assert json.loads(outcome.stdout) == {"binding": "files", "bucket_name": "files"}


def test_a_new_bucket_is_added_to_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "wrangler.jsonc"
    file.write_text('{\n  // mine\n  "name": "w"\n}\n')
    words = "r2 bucket create files --binding FILES --update-config"
    for warns in (False, True):
        outcome, _ = do(words, in_turn(result(BUCKET)), directory=tmp_path)
        assert (outcome.status, "was not changed" in outcome.stderr) == (0, warns)
        assert "// mine" in file.read_text()
        assert file.read_text().count('"bucket_name": "files"') == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("r2 bucket create Files", "`Files` cannot be the name of a bucket."),
        ("r2 bucket create ab", "`ab` cannot be"),
        ("r2 bucket create files -J eu --location weur", "exclude each other"),
        ("r2 bucket create files -s cold", "`cold` is not a storage class."),
        ("r2 bucket create files --location mars", "mars"),
        ("r2 bucket update storage-class files -s ''", "`` is not a storage class."),
        ("r2 object get files", "`files` names no object."),
        ("r2 object get files/", "`files/` names no object."),
        ("r2 object get X/key", "`X` cannot be"),
        (f"r2 object get files/{'k' * 1025}", "The key has 1025 bytes; at most 1024 are allowed."),
        ("r2 object get files/a -f x -p", "exclude each other"),
        ("r2 object get files/../../x", "is not a path of a file in the working directory"),
        ("r2 object get files//etc/passwd", "is not a path of a file in the working directory"),
        ("r2 object get files/directory/", "is not a path of a file in the working directory"),
        ("r2 object put files/a", "There is nothing to write."),
        ("r2 object put files/a -f none.txt", "`none.txt` cannot be read: No such file"),
        ("r2 object put files/a -p -s Nope", "`Nope` is not a storage class."),
        ("r2 bucket create files -s Nope", "`Nope` is not a storage class."),
        ("r2 object put files/.. -p", "`..` cannot be a name"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(words: str, says: str, tmp_path: Path) -> None:
    outcome, calls = do(f"{words} --remote", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert says in outcome.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_binding_in_place_of_a_bucket_is_explained(tmp_path: Path) -> None:
    configuration = {"name": "w", "r2_buckets": [{"binding": "FILES", "bucket_name": "my-files"}]}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    outcome, _ = do("r2 object get FILES/a --remote", directory=tmp_path)
    assert "`FILES` is a binding. Give its bucket: `my-files`." in outcome.stderr


def test_buckets_are_listed_from_every_page() -> None:
    pages = in_turn(
        result({"buckets": [BUCKET]}, cursor="next"), result({"buckets": [{**BUCKET, "name": "other"}]})
    )
    outcome, calls = do("r2 bucket list --json -J eu", pages)
    assert [bucket["name"] for bucket in outcome.json] == ["files", "other"]
    assert [call.query.get("cursor") for call in calls] == [None, "next"]
    assert {call.headers["cf-r2-jurisdiction"] for call in calls} == {"eu"}
    table, _ = do("r2 bucket list", in_turn(result({"buckets": [BUCKET]})))
    assert "files" in table.stdout


@pytest.mark.parametrize(
    ("measured", "count", "size"),
    [
        ([{"max": {"objectCount": 2, "payloadSize": 1000, "metadataSize": 500}}], "2", "1.5 kB"),
        ([], "0", "0 B"),
        (None, "0", "0 B"),
    ],
)
def test_cloudflare_is_asked_how_much_a_bucket_holds(measured: Any, count: str, size: str) -> None:
    data = {"data": {"viewer": {"accounts": [{"r2StorageAdaptiveGroups": measured}]}}}
    answers = in_turn(result(BUCKET), Says(body=json.dumps(data).encode()))
    outcome, calls = do("r2 bucket info files --json", answers)
    assert (outcome.json["object_count"], outcome.json["bucket_size"]) == (count, size)
    assert calls[1].json["variables"]["filter"]["bucketName"] == "files"


def test_a_storage_class_travels_as_a_header() -> None:
    outcome, (call,) = do("r2 bucket update storage-class files -s standard")
    assert (outcome.status, call.method, call.path) == (0, "PATCH", "/r2/buckets/files")
    assert call.headers["cf-r2-storage-class"] == "Standard"


def test_a_bucket_that_is_not_empty_stays() -> None:
    outcome, _ = do("r2 bucket delete files", in_turn(refusal(409, 10008, "not empty")))
    assert (outcome.status, "The bucket `files` is not empty." in outcome.stderr) == (1, True)


def test_a_bucket_that_does_not_exist_is_named_with_the_nearest() -> None:
    outcome, _ = do("r2 bucket info filse", in_turn(NO_BUCKET, result({"buckets": [BUCKET]})))
    assert "There is no R2 bucket `filse`." in outcome.stderr
    assert "Did you mean `files`?" in outcome.stderr


def test_an_object_is_sent_with_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello")
    words = (
        "r2 object put 'files/dir/a b?.txt' -f a.txt --ct text/plain --cd 'inline; filename=\"日.txt\"'"
        " --ce gzip --cl de --cc no-store --expires 0 -s Standard -J eu --remote"
    )
    outcome, (call,) = do(words, directory=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert (call.method, call.path, call.body) == ("PUT", "/r2/buckets/files/objects/dir/a b?.txt", b"hello")
    wanted = {
        "content-type": "text/plain",
        "content-encoding": "gzip",
        "content-language": "de",
        "cache-control": "no-store",
        "expires": "0",
        "content-length": "5",
        "cf-r2-jurisdiction": "eu",
        "cf-r2-storage-class": "Standard",
        "cf-r2-data-catalog-check": "true",
    }
    assert wanted.items() <= call.headers.items()
    assert call.headers["content-disposition"].encode("latin-1").decode() == 'inline; filename="日.txt"'


def test_an_object_comes_from_standard_input_and_is_sent_again_when_that_is_safe() -> None:
    busy = Says(500, headers={"Retry-After": "0"})
    outcome, calls = do("r2 object put files/x -p --remote", in_turn(busy, result({})), stdin="piped")
    assert (outcome.status, [call.body for call in calls]) == (0, [b"piped", b"piped"])


def test_a_header_of_two_lines_is_refused() -> None:
    outcome, calls = do("r2 object put files/x -p --remote --cc 'a\nb: c'", stdin="x")
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert "`--cache-control`" in outcome.stderr


def test_more_than_the_api_takes_is_not_sent(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as sparse:
        sparse.truncate(300 * 1024 * 1024 + 1)
    outcome, calls = do("r2 object put files/big -f big --remote", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert "300 MiB" in outcome.stderr


@pytest.mark.parametrize(
    ("typed", "force", "sent"),
    [("y\n", "", 2), ("n\n", "", 1), ("", "--force", 1)],
    ids=["yes", "no", "force"],
)
def test_a_data_catalog_is_minded(typed: str, force: str, sent: int) -> None:
    answers = in_turn(result({})) if force else in_turn(CATALOG, result({}))
    words = f"r2 object delete files/x --remote {force}"
    outcome, calls = do(words, answers, stdin=typed, on_terminal=True)
    assert len(calls) == sent
    assert (outcome.status == 0) == (typed != "n\n")
    assert ("cf-r2-data-catalog-check" in calls[-1].headers) == (typed == "n\n")


def test_an_object_becomes_a_file_as_a_whole(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    says = in_turn(Says(body=content, content_type="text/plain"))
    assert do("r2 object get files/a/b.bin --remote", says, directory=tmp_path)[0].status == 0
    assert (tmp_path / "a/b.bin").read_bytes() == content
    (tmp_path / "script").write_text("old")
    (tmp_path / "script").chmod(0o750)
    (tmp_path / "link").symlink_to("script")
    assert do("r2 object get files/x -f link --remote", says, directory=tmp_path)[0].status == 0
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "script").read_bytes()) == (True, content)
    assert (tmp_path / "script").stat().st_mode & 0o777 == 0o750
    assert do("r2 object get files/x -f /dev/null --remote", says, directory=tmp_path)[0].status == 0
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    "says", [NO_OBJECT, NO_BUCKET, Says(body=b"x" * 100_000, cut_after=50_000)], ids=["key", "bucket", "cut"]
)
def test_nothing_half_is_left_of_an_object_that_did_not_come(says: Says, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    outcome, _ = do("r2 object get files/new/x --remote", in_turn(says), directory=tmp_path)
    assert outcome.status == 1
    again, _ = do("r2 object get files/x -f old.txt --remote", in_turn(says), directory=tmp_path)
    assert (again.status, (tmp_path / "old.txt").read_text()) == (1, "old")
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["old.txt"]


def test_a_missing_object_is_named() -> None:
    outcome, _ = do("r2 object get files/none -p --remote", in_turn(NO_OBJECT))
    assert "The bucket `files` has no object `none`." in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("words", ["create", "list", "delete abc"])
def test_keys_of_cloudflare_for_s3_are_made_elsewhere(words: str) -> None:
    outcome, calls = do(f"r2 s3-credentials {words} --remote")
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert "API tokens of R2" in outcome.stderr


def test_standard_output_gets_the_bytes_alone() -> None:
    outcome, _ = do("r2 object get files/x -p --remote", in_turn(Says(body=b"a\nb")))
    assert (outcome.stdout, outcome.stderr) == ("a\nb", "")


@pytest.mark.parametrize("content", [b"\xff\x00", b"x" * (1024 * 1024 + 1)], ids=["bytes", "large"])
def test_a_terminal_gets_short_texts_only(content: bytes) -> None:
    outcome, _ = do("r2 object get files/x -p --remote", in_turn(Says(body=content)), on_terminal=True)
    assert (outcome.status, outcome.stdout) == (ExitStatus.USAGE, "")
    text, _ = do("r2 object get files/x -p --remote", in_turn(Says(body=b"a\x1b[0m")), on_terminal=True)
    assert text.stdout == "a\\x1b[0m"
