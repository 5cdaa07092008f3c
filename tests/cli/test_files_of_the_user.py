"""Files and texts that the user hands over: what is wrong with them, where, and nothing of what they hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pywrangler.commands.shared.input import parse_json
from pywrangler.errors import ExitStatus
from tests.support.cli import run
from tests.support.command import COMMAND

PAIRS = {
    b"": "`pairs.json` is not JSON: it is empty.",
    b'[{"key":"a","value":"b"},': "`pairs.json` is not JSON: a value is missing at line 1, column 26.",
    b'[{"key":"a"\n"value":"b"}]': "`pairs.json` is not JSON: a comma is missing at line 2, column 1.",
    b"[NaN]": "`pairs.json` is not JSON: NaN is not a value in JSON.",
    b"[" * 100_000: "`pairs.json` is not JSON: it is nested too deep.",
    b"[" + b"9" * 5000 + b"]": "`pairs.json` is not JSON: it has a number with too many digits.",
    b"[] []": "`pairs.json` is not JSON: there is more than one value at line 1, column 4.",
    '[{"key":"a"}]'.encode("utf-16"): "`pairs.json` is UTF-16.",
    b'[\n"\xff"]': "`pairs.json` is not text in UTF-8: line 2 has the byte 0xff.",
    b'{"a": 1}': "`pairs.json` holds an object.",
    b"7": "`pairs.json` holds a number.",
    b'["a", "b", "c"]': "entry 0 (counted from 0): it is a string, not an object. Entries 1, 2 are",
    b'[{"key":"a","value":"b"},{"key":"a"}]': "`pairs.json`, entry 1 (counted from 0): it has no `value`.",
    b'[{"key":"a","value":7}]': "`pairs.json`, entry 0 (counted from 0): its `value` is a number.",
    b'[{"key":"","value":"b"}]': "`pairs.json`, entry 0: the key is empty.",
    b'[{"key":"..","value":"b"}]': "`pairs.json`, entry 0: the key is `..`.",
    b'[{"key":"%s","value":"b"}]' % (b"k" * 513): "entry 0: the key has 513 bytes; at most 512 are allowed.",
    b'[{"key":"a","value":"b","expiration_ttl":5}]': "`expiration_ttl` is 5 s; it must be at least 60 s.",
    b'[{"key":"a","value":"!","base64":true}]': "`pairs.json`, entry 0: the value is not base64.",
}


@pytest.mark.parametrize(("content", "told"), PAIRS.items(), ids=range(len(PAIRS)))
def test_what_is_wrong_with_a_file_of_pairs(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_bytes(content)
    outcome = run("kv bulk put pairs.json --namespace-id a", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert told in outcome.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent", "No such file or directory"), ("directory", "Is a directory"), ("loop", "Too many")],
)
def test_a_file_that_cannot_be_read(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    for command in (f"kv bulk put {name} --namespace-id a", f"kv key put k --path {name} --namespace-id a"):
        outcome = run(command, directory=tmp_path)
        assert outcome.status == ExitStatus.USAGE
        assert outcome.stderr.startswith(f"Error: `{name}` cannot be read: {reason}")


SECRETS = {
    b'{"A": planted': "is neither JSON nor lines of KEY=value. It begins like JSON, but a value is",
    b'[{"A": "planted"}]': "holds an array, not an object.",
    b'{"A": "planted", "B": 2, "C": []}': "has a wrong value: `B`, `C` are not strings.",
    b'{"": "planted"}': "has a secret with an empty name.",
    b"planted text": "is neither JSON nor lines of KEY=value.",
    '{"A": "planted"}'.encode("utf-16"): "is UTF-16.",
    b"A=planted\xff": "is not text in UTF-8: line 1 has the byte 0xff.",
    b"{" * 100_000 + b"planted": "is neither JSON nor lines of KEY=value.",
}


@pytest.mark.parametrize(("content", "told"), SECRETS.items(), ids=range(len(SECRETS)))
def test_what_is_wrong_with_secrets_and_not_what_they_are(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    outcome = run("secret bulk file --name web", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(f"Error: `file` {told}")
    assert "planted" not in outcome.stderr


@pytest.mark.parametrize(
    "command", ["secret put A --name web", "secrets-store secret create s --name A --scopes workers", "login"]
)
@pytest.mark.parametrize(
    ("content", "told"), [(b"planted\xff", "is not text in UTF-8: line 1"), (b"\xff\xfep\x00", "is UTF-16.")]
)
def test_a_piped_secret_that_is_no_text(command: str, content: bytes, told: str, tmp_path: Path) -> None:
    asked = subprocess.run(
        [*COMMAND, *command.split()], input=content, capture_output=True, check=False, cwd=tmp_path
    )
    assert asked.returncode == ExitStatus.USAGE
    assert asked.stderr.decode().startswith(f"Error: Standard input {told}")
    assert b"planted" not in asked.stderr


def test_a_secret_with_its_value_behind_its_name_is_not_stored() -> None:
    outcome = run("secret put TOKEN=planted --name web")
    assert outcome.status == ExitStatus.USAGE
    assert "The name of the secret is `TOKEN` followed by `=` and a value." in outcome.stderr
    assert "planted" not in outcome.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("k", "There is no value."),
        ("k v --path f", "A value and `--path` exclude each other."),
        ("k v", "No namespace is named."),
        ("k v --binding A --namespace-id a", "`--binding` and `--namespace-id` exclude each other."),
        ("k v --namespace-id a --ttl 5", "`--ttl` is 5 s; it must be at least 60 s."),
        ("k v --namespace-id a --ttl -5", "`--ttl` is -5 s; it must be at least 60 s."),
        (". v --namespace-id a", "The key is `.`."),
        (
            "k v --namespace-id a --metadata x",
            "`--metadata` is not JSON: a value is missing at line 1, column 1.",
        ),
        ("k v --namespace-id a --metadata [1]", "`--metadata` is an array."),
    ],
)
def test_what_is_wrong_with_a_pair(options: str, told: str, tmp_path: Path) -> None:
    outcome = run(f"kv key put {options}", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(f"Error: {told}\n")


def test_a_value_that_is_too_long_is_not_sent(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(25 * 1024 * 1024 + 1)
    outcome = run("kv key put k --path big --namespace-id a", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert "The value has 26214401 bytes; at most 26214400 (25 MiB) are allowed." in outcome.stderr


def test_json_is_read_as_python_reads_it() -> None:
    assert parse_json(json.dumps({"a": [1, "b", None]})) == {"a": [1, "b", None]}


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda place: place.mkdir(), "a directory, not a configuration."),
        (lambda place: place.symlink_to("nowhere"), "a broken link, not a configuration."),
        (lambda place: place.symlink_to(place.name), "a broken link, not a configuration."),
    ],
)
@pytest.mark.parametrize("name", ["wrangler.json", "wrangler.jsonc", "wrangler.toml"])
def test_a_configuration_that_is_no_file(make: object, what: str, name: str, tmp_path: Path) -> None:
    make(tmp_path / name)  # type: ignore[operator]
    outcome = run("check", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(f"Error: `{tmp_path / name}` is {what}\n")


def test_a_directory_of_variables_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    outcome = run("check", directory=tmp_path)
    assert outcome.status == ExitStatus.FAILURE
    assert "The file of variables .env has an error" in outcome.stderr
    assert "This is a directory, not a file of variables" in outcome.stderr


@pytest.mark.parametrize(
    "command", ["secret put A --name web", "secrets-store secret create s --name A --scopes workers", "login"]
)
def test_a_build_service_is_not_asked_for_a_secret(command: str) -> None:
    outcome = run(command, on_terminal=True, environment={"CI": "1"})
    assert outcome.status == ExitStatus.USAGE
    assert "Pipe it into the command. pywrangler does not ask when `CI` is set." in outcome.stderr


def test_a_file_of_variables_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"A=planted\xff")
    outcome = run("check --env-file mine", directory=tmp_path)
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.stderr.startswith("Error: The file of variables mine has an error")
    assert "planted" not in outcome.stderr
