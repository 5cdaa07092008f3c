"""Which instance a reference names."""

from __future__ import annotations

import pytest

from pywrangler.cloudflare.products.instances import KnownInstance, LocalFleet
from pywrangler.commands.containers.inside.choice import (
    find_application,
    instances_of,
    one_instance,
    split_reference,
)
from pywrangler.commands.containers.inside.ssh import find_instance
from pywrangler.commands.containers.inside.wait import Condition, unmet
from pywrangler.errors import PywranglerError, UsageError

WEB, JOBS, OTHER = "11111111-aaaa", "22222222-bbbb", "2222cccc-dddd"


def an_instance(name: str | None, digit: str, application: str = WEB, **fields: object) -> KnownInstance:
    known = {
        "id": f"{digit * 8}-1111",
        "name": name,
        "durable_object_id": digit * 64,
        "application_id": application,
        "application": "web",
        "state": "running",
        "container_id": digit * 4,
        "version": 1,
    }
    return KnownInstance(**{**known, **fields})  # type: ignore[arg-type]


ALPHA_1, ALPHA_2 = an_instance("alpha-1", "a"), an_instance("alpha-2", "b")
STOPPED = an_instance("gone", "c", state="stopped", reason="exited with code 0")
NAMELESS = an_instance(None, "d")
SLASH = an_instance("a/b", "e")
FLEET = LocalFleet(
    {},
    {WEB: "web", JOBS: "jobs", OTHER: "jobs-2"},
    (ALPHA_1, ALPHA_2, STOPPED, NAMELESS, SLASH, an_instance("job", "f", JOBS)),
)


def test_a_name_that_the_platform_does_not_know_is_tried() -> None:
    # What workerd made of the name "shared" in this namespace.
    namespace = "dd485251319d413e94d0da1c2b353306"
    made = "4eb8d305953ce33c010390dbede6951bbe5f38dd50c84c6747a2107d913d951c"
    unknown = an_instance(None, "9", durable_object_id=made, namespace_id=namespace)
    fleet = LocalFleet({}, {WEB: "web"}, (NAMELESS, unknown))
    assert one_instance(fleet, "web/shared").label == "shared"
    assert find_instance(fleet, "shared") == unknown
    assert one_instance(fleet, f"web/{made}").label == unknown.id
    with pytest.raises(PywranglerError, match="has no instance `another`"):
        one_instance(fleet, "web/another")


@pytest.mark.parametrize(
    ("text", "found"),
    [("web", WEB), (WEB, WEB), ("we", WEB), ("1111", WEB), ("jobs", JOBS), ("jobs-", OTHER)],
)
def test_an_application(text: str, found: str) -> None:
    assert find_application(FLEET, text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("job", "`jobs`, `jobs-2`"),
        ("2222", "`jobs`, `jobs-2`"),
        ("nope", "no application `nope`"),
        ("111", "no app"),
    ],
)
def test_no_application(text: str, words: str) -> None:
    with pytest.raises(PywranglerError, match=words):
        find_application(FLEET, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("web/alpha-1", ALPHA_1),
        ("we/alpha-2", ALPHA_2),
        ("web/aaaaaaaa-1111", ALPHA_1),
        ("web/DDDDD", NAMELESS),
        ("web/a/b", SLASH),
        ("web/gon", STOPPED),
    ],
)
def test_an_instance(text: str, found: KnownInstance) -> None:
    assert one_instance(FLEET, text, alive=False) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web/alpha", "`alpha-1`, `alpha-2`"),
        ("web/nobody", "has no instance `nobody`"),
        ("web/ddd", "has no instance `ddd`"),
        ("web/gone", r"does not run \(stopped: exited with code 0\)"),
        ("jobs-2", "No instance of `jobs-2` runs"),
        ("jobs-2/x", "has no instance `x`"),
    ],
)
def test_no_instance(text: str, words: str) -> None:
    with pytest.raises(PywranglerError, match=words):
        one_instance(FLEET, text)


def test_an_application_stands_for_its_only_instance() -> None:
    assert one_instance(FLEET, "jobs").name == "job"
    with pytest.raises(UsageError, match="has 4 running instances"):
        one_instance(FLEET, "web")
    idle = an_instance("idle", "9", JOBS, is_unused=True)
    both = LocalFleet({}, FLEET.applications, (*FLEET.instances, idle))
    assert one_instance(both, "jobs").name == "job", "what only a deploy brought up does not count"
    assert one_instance(LocalFleet({}, FLEET.applications, (idle,)), "jobs") == idle


@pytest.mark.parametrize("text", ["", "/x", "web/"])
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(UsageError):
        split_reference(text)


def test_conditions() -> None:
    ready, new = (
        an_instance("r", "a", is_ready=True),
        an_instance("n", "b", not_ready_reason="it is starting"),
    )
    assert unmet([ready], Condition.READY, has_name=False) is None
    assert unmet([ready, new], Condition.READY, has_name=False) == "`n`: it is starting"
    assert unmet([STOPPED, ready], Condition.READY, has_name=False) is None
    assert unmet([STOPPED], Condition.READY, has_name=True) == "`gone` is stopped"
    assert unmet([], Condition.READY, has_name=False) == "no instance runs"
    assert unmet([STOPPED], Condition.STOPPED, has_name=True) is None
    assert unmet([STOPPED, ready], Condition.STOPPED, has_name=False) == "`r` is running"
    assert len(instances_of(FLEET, "web")) == 5
