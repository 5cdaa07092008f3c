"""What the platform's process decides, by value."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.client.environment import daemon_environment
from pywrangler.local.daemon.api_address import ApiAddress, keep_api_address, load_api_address
from pywrangler.local.daemon.directories import (
    MAX_SOCKET_PATH_BYTES,
    open_directories,
    plan_runtime_directory,
)
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.daemon.rollouts.states import judge, next_step, with_step
from pywrangler.local.daemon.workers import ports
from pywrangler.local.daemon.workers.hosted import nearest_date
from pywrangler.local.daemon.workers.ports import open_listeners
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.protocol import Status
from pywrangler.local.store.records import RolloutStep, StoredRollout
from tests.support.ports import free_port

REFUSAL = 'but the newest date supported by this server binary is "2026-11-24".'


@pytest.mark.parametrize(
    ("wanted", "complaint", "today", "expected"),
    [
        ("2027-01-10", REFUSAL, "2027-02-01", "2026-11-24"),
        ("2026-11-22", REFUSAL, "2026-11-23", "2026-11-23"),
        ("2027-01-10", REFUSAL, "2026-12-01", None),
        ("2026-01-01", "Uncaught Error", "2026-12-01", None),
    ],
    ids=["runtime too old", "never beyond today", "a date in the future", "another complaint"],
)
def test_a_date_newer_than_the_runtime_gives_way(
    wanted: str, complaint: str, today: str, expected: str | None
) -> None:
    assert nearest_date(wanted, complaint, today) == expected


def test_sockets_stand_in_the_home_directory_where_its_path_is_short() -> None:
    assert plan_runtime_directory(Path("/home/me/pywrangler"), {}) == Path("/home/me/pywrangler/run")


def test_a_long_home_has_its_sockets_in_a_short_directory_always_the_same(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    found = plan_runtime_directory(home, {"XDG_RUNTIME_DIR": "/run/user/1000"})
    assert found.parent == Path("/run/user/1000")
    assert found == plan_runtime_directory(home, {"XDG_RUNTIME_DIR": "/run/user/1000"})
    assert found != plan_runtime_directory(home / "other", {"XDG_RUNTIME_DIR": "/run/user/1000"})
    assert plan_runtime_directory(home, {"XDG_RUNTIME_DIR": "/" + "x" * 90}).parent == Path("/tmp")


def test_every_socket_path_is_short_enough(tmp_path: Path) -> None:
    directories = open_directories(tmp_path / ("long" * 30), {"XDG_RUNTIME_DIR": str(tmp_path)})
    sockets = directories.sockets("a-worker-with-a-long-name" * 10)
    assert all(len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES for path in vars(sockets).values())
    assert directories.runtime.stat().st_mode & 0o777 == 0o700
    directories.runtime.rmdir()


def test_a_runtime_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap = plan_runtime_directory(home, {"XDG_RUNTIME_DIR": "/tmp"})
    trap.symlink_to(elsewhere)
    try:
        with pytest.raises(PywranglerError, match="does not belong to this user"):
            open_directories(home, {"XDG_RUNTIME_DIR": "/tmp"})
    finally:
        trap.unlink()


def test_only_one_process_has_the_lock(tmp_path: Path) -> None:
    first, second = PlatformLock(tmp_path / "lock"), PlatformLock(tmp_path / "lock")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_the_kept_port_wins_then_the_next_free_one() -> None:
    first = free_port()
    with socket.create_server(("127.0.0.1", first)):
        listeners = open_listeners(None, first, reserved={first + 1})
        assert listeners.port > first + 1
        listeners.close()
        again = open_listeners(listeners.port, first, reserved=set())
        assert again.port == listeners.port
        again.close()


def test_a_port_taken_on_ipv6_only_counts_as_taken() -> None:
    if 6 not in open_and_close(free_port()):
        pytest.skip("this machine has no IPv6 loopback")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        listeners = open_listeners(port, port, reserved=set())
        assert listeners.port != port
        listeners.close()


def open_and_close(port: int) -> tuple[int, ...]:
    """The IP versions in which a port can be opened."""
    listeners = open_listeners(port, port, reserved=set())
    listeners.close()
    return tuple(4 if each.public.name == "http4" else 6 for each in listeners.opened)


def test_no_free_port_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LAST_PORT", 0)
    with pytest.raises(PywranglerError, match=r"There is no port from 1 on that is free for a Worker\."):
        open_listeners(None, 1, reserved=set())


def test_the_api_address_is_kept_privately_and_a_damaged_one_is_created_again(tmp_path: Path) -> None:
    keep_api_address(tmp_path, ApiAddress(1234, "token"))
    assert load_api_address(tmp_path) == ApiAddress(1234, "token")
    file = tmp_path / "api.json"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text('{"port": "x"}')
    assert load_api_address(tmp_path).port == 0
    assert len(load_api_address(tmp_path).token) >= 32


STEPS = (RolloutStep(1, 10), RolloutStep(2, 100))
ROLLOUT = StoredRollout(
    id="r", application_id="a", kind="full_auto", description="", current_version=1, target_version=2,
    current_configuration={}, target_configuration={}, status="pending", steps=STEPS, created_at=1.0,
    last_updated_at=1.0,
)  # fmt: skip


def test_a_rollout_takes_its_steps_in_order_and_is_completed_with_the_last() -> None:
    first = next_step(ROLLOUT)
    assert first == STEPS[0]
    one = with_step(ROLLOUT, RolloutStep(1, 10, status="completed"), now=5.0)
    assert (one.status, one.current_step, one.started_at) == ("progressing", 1, 5.0)
    assert next_step(one) == STEPS[1]
    two = with_step(one, RolloutStep(2, 100, status="completed"), now=9.0)
    assert (two.status, two.started_at, next_step(two)) == ("completed", 5.0, None)


def instance(identifier: str, version: int, state: InstanceState, created_at: float) -> Instance:
    """An instance of which only these things matter."""
    return Instance(
        id=identifier, application_id="a", worker="w", durable_object_id="0" * 64, container_name=identifier,
        state=state, image="i", version=version, created_at=created_at,
    )  # fmt: skip


def test_a_new_version_is_judged_by_its_newest_instance() -> None:
    instances = [
        instance("old version", 1, InstanceState.FAILED, 9.0),
        instance("before the rollout", 2, InstanceState.FAILED, 1.0),
        instance("failed", 2, InstanceState.FAILED, 6.0),
        instance("runs", 2, InstanceState.RUNNING, 7.0),
        instance("says nothing yet", 2, InstanceState.STARTING, 8.0),
    ]
    assert judge(instances, 2, since=5.0) == instances[3]
    assert judge(instances[:3], 2, since=5.0) == instances[2]
    assert judge(instances[:2], 2, since=5.0) is None


def test_the_process_inherits_what_it_needs_and_no_credentials(home: Path) -> None:
    environment = {
        **dict.fromkeys(("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CF_API_TOKEN"), "x"),
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "x"),
        **dict.fromkeys(("GITHUB_TOKEN", "MY_SECRET", "OPENAI_API_KEY", "PYWRANGLER_AI_KEY"), "x"),
        "PATH": "/bin",
        "LC_ALL": "C",
        "DOCKER_HOST": "unix:///d",
        "PYWRANGLER_HOME": str(home),
    }
    kept = {"PATH": "/bin", "LC_ALL": "C", "DOCKER_HOST": "unix:///d", "PYWRANGLER_HOME": str(home)}
    assert daemon_environment(environment) == kept


def test_the_status_is_for_its_owners_eyes_and_written_all_at_once(tmp_path: Path) -> None:
    status = Status(1, "http://127.0.0.1:1/client/v4", "token", "account", "1.0")
    Status.file(tmp_path).write_text("of a former life")
    Status.file(tmp_path).chmod(0o644)
    before = Status.file(tmp_path).stat().st_ino
    status.write(tmp_path)
    assert Status.read(tmp_path) == status
    assert Status.file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert Status.file(tmp_path).stat().st_ino != before
    assert list(tmp_path.iterdir()) == [Status.file(tmp_path)]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_status_that_cannot_be_understood_is_none(tmp_path: Path, text: str) -> None:
    Status.file(tmp_path).write_text(text)
    assert Status.read(tmp_path) is None
