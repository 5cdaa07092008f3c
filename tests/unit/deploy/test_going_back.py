"""Which image an application had with a version, by what the API and this machine remember."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pywrangler.deploy.going_back.history import end_of_service, going_back, image_at
from pywrangler.deploy.going_back.record import KEPT_VERSIONS, ImageRecord


def day(number: int) -> str:
    return f"2026-11-{number:02d}T08:00:00.5Z"


def at(number: int) -> datetime:
    return datetime.fromisoformat(day(number))


def deployment(number: int, *shares: tuple[str, float]) -> dict[str, Any]:
    versions = [{"version_id": version, "percentage": percentage} for version, percentage in shares]
    return {"id": f"d{number}", "created_on": day(number), "versions": versions}


def rollout(number: int, image: str, before: str = "none", status: str = "completed") -> dict[str, Any]:
    return {
        "created_at": day(number),
        "status": status,
        "target_configuration": {"image": image},
        "current_configuration": {"image": before},
    }


DEPLOYMENTS = [
    deployment(9, ("b", 100)),
    deployment(1, ("a", 100)),
    deployment(3, ("b", 100)),
    deployment(5, ("b", 50), ("c", 50)),
    deployment(7, ("c", 100)),
]


@pytest.mark.parametrize(
    ("version", "newest", "end"),
    [
        ("a", None, at(3)),
        ("b", "d9", at(5)),
        ("b", None, datetime.max.replace(tzinfo=UTC)),
        ("c", "d9", datetime.max.replace(tzinfo=UTC)),
        ("d", None, None),
    ],
)
def test_a_version_serves_until_the_next_deployment(
    version: str, newest: str | None, end: datetime | None
) -> None:
    assert end_of_service(DEPLOYMENTS, version, newest) == end


ROLLOUTS = [rollout(6, "three", "two"), rollout(4, "two", "one"), rollout(5, "bad", "two", "reverted")]


@pytest.mark.parametrize(
    ("rollouts", "end", "image"),
    [
        (ROLLOUTS, at(3), "one"),
        (ROLLOUTS, at(5), "two"),
        (ROLLOUTS, at(6), "two"),
        (ROLLOUTS, at(7), "three"),
        ([], at(7), None),
        ([{"created_at": day(1)}], at(7), None),
    ],
)
def test_the_image_is_that_of_the_last_rollout_before(
    rollouts: list[dict[str, Any]], end: datetime, image: str | None
) -> None:
    assert image_at(rollouts, end) == image


def test_only_the_image_goes_back() -> None:
    application = {"configuration": {"image": "new", "vcpu": 1}}
    change, begun = going_back(application, "old")
    assert change == {"configuration": {"image": "old", "vcpu": 1}}
    assert begun["target_configuration"] == change["configuration"]
    assert begun["step_percentage"] == 100


def test_the_record_keeps_the_newest_versions(tmp_path: Path) -> None:
    record = ImageRecord(tmp_path, "account")
    assert record.images("web", "v") == {}
    for number in range(KEPT_VERSIONS + 2):
        record.add("web", f"v{number}", {"app": f"image-{number}"})
    assert ImageRecord(tmp_path, "account").images("web", "v2") == {"app": "image-2"}
    assert record.images("web", "v1") == {}
    assert record.images("other", "v2") == {}
    assert ImageRecord(tmp_path, "another").images("web", "v2") == {}
    (file,) = tmp_path.rglob("account.json")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("[]")
    assert record.images("web", "v2") == {}
