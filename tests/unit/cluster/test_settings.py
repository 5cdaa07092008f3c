"""The settings of a node: what is stored, what variables replace, what is refused."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.settings import (
    ClusterSettings,
    ClusterSettingsError,
    parse_address,
    read_settings,
    write_settings,
)
from pywrangler.sensitive import Sensitive

BUCKET = BucketAddress.parse(
    "s3://shared/lab", "http://10.0.0.9:8333", "us-east-1", "key-id", Sensitive("the-secret")
)
SETTINGS = ClusterSettings(
    bucket=BUCKET,
    key=Sensitive("ab" * 32),
    account_id="cd" * 16,
    node="0123abcd",
    address="10.0.0.1",
    port=8743,
    authority=Sensitive("authority"),
    certificate=Sensitive("certificate"),
)


def test_what_is_stored_is_read_again_by_its_owner_only(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}) is None
    write_settings(tmp_path, SETTINGS)
    file = tmp_path / "cluster.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_settings(tmp_path, {}) == SETTINGS
    assert "the-secret" not in repr(SETTINGS)
    assert "ab" * 32 not in repr(SETTINGS)


def test_variables_come_before_the_file(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    variables = {
        "PYWRANGLER_CLUSTER_BUCKET": "s3://other/place/",
        "PYWRANGLER_CLUSTER_ENDPOINT": "https://s3.example.com",
        "PYWRANGLER_CLUSTER_REGION": "eu-central-1",
        "PYWRANGLER_CLUSTER_ACCESS_KEY_ID": "another",
        "PYWRANGLER_CLUSTER_SECRET_ACCESS_KEY": "newer",
        "PYWRANGLER_CLUSTER_ADVERTISE": "[fd00::7]:9000",
        "PYWRANGLER_CLUSTER_TIME_DIVISOR": "10",
    }
    bucket = BucketAddress(
        "other", "place/", "https://s3.example.com", "eu-central-1", "another", Sensitive("newer")
    )
    expected = replace(SETTINGS, bucket=bucket, address="fd00::7", port=9000, time_divisor=10)
    assert read_settings(tmp_path, variables) == expected
    assert read_settings(tmp_path / "elsewhere", variables) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"bucket": {}}', "null"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "cluster.json").write_text(content)
    with pytest.raises(ClusterSettingsError, match=r"cluster\.json.*damaged"):
        read_settings(tmp_path, {})


def test_each_field_has_to_be_there(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    file = tmp_path / "cluster.json"
    whole = json.loads(file.read_text())
    for name in whole:
        file.write_text(json.dumps({key: value for key, value in whole.items() if key != name}))
        with pytest.raises(ClusterSettingsError):
            read_settings(tmp_path, {})


@pytest.mark.parametrize("divisor", ["0", "-1", "1001", "ten", "1.5"])
def test_a_divisor_that_workerd_refuses_is_refused(tmp_path: Path, divisor: str) -> None:
    write_settings(tmp_path, SETTINGS)
    with pytest.raises(ClusterSettingsError, match="TIME_DIVISOR"):
        read_settings(tmp_path, {"PYWRANGLER_CLUSTER_TIME_DIVISOR": divisor})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", ("10.0.0.1", 8743)),
        ("10.0.0.1:9000", ("10.0.0.1", 9000)),
        ("fd00::7", ("fd00::7", 8743)),
        ("[fd00::7]", ("fd00::7", 8743)),
        ("[fd00::7]:9000", ("fd00::7", 9000)),
        ("node-1.lab", ("node-1.lab", 8743)),
        ("node-1.lab:9000", ("node-1.lab", 9000)),
    ],
)
def test_addresses(text: str, expected: tuple[str, int]) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.0.0.0",
        "::",
        "10.0.0.1:0",
        "10.0.0.1:70000",
        "10.0.0",
        "http://10.0.0.1",
        "a b",
        ":9000",
        "[]:1",
    ],
)
def test_addresses_that_no_node_reaches(text: str) -> None:
    with pytest.raises(PywranglerError) as caught:
        parse_address(text)
    assert f"`{text}`" in caught.value.message
