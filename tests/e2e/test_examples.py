"""The two examples, as their read-me files tell it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import copy_example

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, platform: Platform) -> Iterator[Cli]:
    """`pywrangler` in a copy of the example that the test names, which is deleted in the end."""
    cli = Cli(copy_example(request.param, tmp_path / request.param).folder)
    yield cli
    cli.run("delete", "--force").check()
    assert platform.containers() == []


@pytest.mark.parametrize("example", ["hello"], indirect=True)
def test_hello_greets_from_inside_its_container(example: Cli) -> None:
    url = example.run("deploy", "--json").check().json["url"]
    greeting, durable_object, location = request(url).text.splitlines()
    assert greeting == "Hello from a container!"
    assert len(durable_object.removeprefix("Durable Object: ")) == 64
    assert location.startswith("Location: ")


@pytest.mark.parametrize("example", ["hello"], indirect=True)
def test_hello_says_what_is_changed_in_it(example: Cli, platform: Platform) -> None:
    url = example.run("deploy", "--json").check().json["url"]
    worker = example.folder / "src" / "index.ts"
    worker.write_text(worker.read_text().replace("Hello from a container!", "Good morning!"))
    example.run("deploy").check()
    assert request(url).text.startswith("Hello from a container!"), "an instance keeps its variables"
    example.run("containers", "delete", "hello-hellocontainer", "-y").check()
    example.run("deploy").check()
    assert request(url).text.startswith("Good morning!")


@pytest.mark.parametrize("example", ["sessions"], indirect=True)
def test_every_session_has_a_container_of_its_own(example: Cli, platform: Platform) -> None:
    url = example.run("deploy", "--json").check().json["url"]
    request(f"{url}/sessions/ada", method="POST", body=b"buy milk")
    ada = request(f"{url}/sessions/ada", method="POST", body=b"buy tea").json
    grace = request(f"{url}/sessions/grace").json
    assert ada["notes"] == ["buy milk", "buy tea"]
    assert grace["notes"] == []
    assert ada["container"] != grace["container"]

    assert request(f"{url}/sessions/ada", method="DELETE").json == {"deleted": "ada"}
    again = request(f"{url}/sessions/ada").json
    assert again["notes"] == []
    assert again["container"] != ada["container"]


@pytest.mark.parametrize("example", ["sessions"], indirect=True)
def test_the_pool_shares_the_work(example: Cli) -> None:
    url = example.run("deploy", "--json").check().json["url"]
    answers = [request(f"{url}/hash", method="POST", body=b"abc").json for _ in range(20)]
    assert {answer["sha256"] for answer in answers} == {hashlib.sha256(b"abc").hexdigest()}
    assert len({answer["container"] for answer in answers}) == 2
    example.run("deploy").check()  # all places are taken, and need not be
