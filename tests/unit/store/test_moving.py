"""The file of an export, by value: its key under a passphrase, and its manifest."""

from __future__ import annotations

import io
import json
import os
import tarfile
from typing import Any

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.store.moving.manifest import (
    FORMAT,
    MANIFEST,
    STATE,
    ExportManifest,
    newest_schema,
    parse_manifest,
)
from pywrangler.local.store.moving.sealing import seal, unseal
from pywrangler.sensitive import Sensitive

KEY = os.urandom(32)
PASSPHRASE = Sensitive("correct horse ü")
FIELDS: dict[str, Any] = {
    "size": 5, "sha256": "0" * 64, "schema": newest_schema(), "created": "2026-11-30T06:00:00+00:00",
    "key": None, "version": "9.9", "format": FORMAT,
}  # fmt: skip


def test_a_key_is_opened_by_its_passphrase_only() -> None:
    sealed = json.loads(json.dumps(seal(KEY, PASSPHRASE)))
    assert unseal(sealed, PASSPHRASE) == KEY
    assert KEY.hex() not in json.dumps(sealed)
    assert seal(KEY, PASSPHRASE)["sealed"] != sealed["sealed"]
    with pytest.raises(PywranglerError) as caught:
        unseal(sealed, Sensitive("correct horse u"))
    assert caught.value.code == "passphrase-wrong"


@pytest.mark.parametrize(
    "changed",
    [
        {"work": 3},
        {"work": "32768"},
        {"work": 2**30},
        {"work": True},
        {"salt": None},
        {"nonce": "?"},
        {"sealed": 5},
    ],
)
def test_a_sealed_key_that_seal_never_writes_is_damaged(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="sealed key"):
        unseal({**seal(KEY, PASSPHRASE), **changed}, PASSPHRASE)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 20_000])
def test_an_export_is_a_tar_archive(size: int) -> None:
    state, manifest = os.urandom(size), ExportManifest(**{**FIELDS, "size": size})
    with tarfile.open(fileobj=io.BytesIO(manifest.header() + state + manifest.end()), mode="r:") as archive:
        assert archive.getnames() == [MANIFEST, STATE]
        read = {name: archive.extractfile(name) for name in archive.getnames()}
        first, second = (stream.read() for stream in read.values() if stream)
    assert second == state
    assert parse_manifest(first, "a.tar") == manifest


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"format": FORMAT + 1}, "export-newer"),
        ({"schema": newest_schema() + 1}, "export-newer"),
        ({"schema": "1"}, "export-damaged"),
        ({"size": -1}, "export-damaged"),
        ({"size": True}, "export-damaged"),
        ({"sha256": None}, "export-damaged"),
        ({"key": "x"}, "export-damaged"),
        ({"created": 5}, "export-damaged"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(PywranglerError) as caught:
        parse_manifest(json.dumps({**FIELDS, **changed}).encode(), "a.tar")
    assert caught.value.code == code


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"5", b"null", b"{}", b"[" * 60_000, b"\xff"])
def test_what_is_no_manifest_is_damaged(text: bytes) -> None:
    with pytest.raises(PywranglerError) as caught:
        parse_manifest(text, "a.tar")
    assert caught.value.code == "export-damaged"


def test_an_older_export_is_taken() -> None:
    assert parse_manifest(json.dumps({**FIELDS, "schema": 1}).encode(), "a.tar").schema == 1
