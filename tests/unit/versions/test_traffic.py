"""Which versions serve how much, from the words of a command line."""

from __future__ import annotations

import pytest

from pywrangler.commands.versions.rollback import find_former
from pywrangler.commands.versions.traffic import find_tagged, read_tags, read_versions, share_out
from pywrangler.errors import UsageError

A, B = "0a000000-0000-4000-8000-000000000000", "0b000000-0000-4000-8000-000000000000"


def test_percentages_belong_to_versions_in_their_order() -> None:
    assert read_versions([f"{A}@20%", B], [], []) == {A: 20, B: None}
    assert read_versions([f"{A}@"], [B], [30]) == {A: None, B: 30}
    assert read_versions([], [A, B], [12.5]) == {A: 12.5, B: None}
    assert read_versions([A], [], [5, 6]) == {A: None}


@pytest.mark.parametrize(
    ("specs", "ids", "percentages"),
    [
        ([f"{A}@x"], [], []),
        ([f"{A}@101"], [], []),
        ([], ["abc"], []),
        ([], ["0a00000g"], []),
        ([A], [], [-1]),
    ],
)
def test_what_is_no_version_or_percentage_is_refused(
    specs: list[str], ids: list[str], percentages: list[float]
) -> None:
    with pytest.raises(UsageError):
        read_versions(specs, ids, percentages)


def test_a_tag_may_contain_the_sign() -> None:
    assert read_tags(["v1@20", "v2", "me@host", "v3@"]) == {"v1": 20, "v2": None, "me@host": None, "v3": None}
    with pytest.raises(UsageError):
        read_tags(["@20"])


def test_a_tag_means_exactly_one_version() -> None:
    def version(identifier: str, tag: str | None, day: int) -> dict[str, object]:
        made = {"created_on": f"2026-11-{day:02d}"}
        return {"id": identifier, "metadata": made, "annotations": {"workers/tag": tag} if tag else None}

    versions = [version("a", "one", 1), version("b", "two", 2), version("c", "two", 3), version("d", None, 4)]
    assert find_tagged({"one": 40}, versions) == {"a": 40}
    with pytest.raises(UsageError, match="`c`, `b`"):
        find_tagged({"two": None}, versions)
    with pytest.raises(UsageError, match='"None"'):
        find_tagged({"None": None}, versions[:3])


def test_the_rest_is_shared() -> None:
    assert share_out({"a": 20, "b": None}) == {"a": 20, "b": 80}
    assert share_out({"a": None}) == {"a": 100}
    assert share_out({"a": None, "b": None, "c": None}) == {"a": 33.333, "b": 33.333, "c": 33.333}
    assert share_out({"a": 100, "b": None}) == {"a": 100, "b": 0}
    for wrong in ({"a": 50.0}, {"a": 60.0, "b": 60.0}, {"a": 120.0, "b": None}):
        with pytest.raises(UsageError, match="must be 100 %"):
            share_out(wrong)


def test_the_former_version_served_alone_before_the_newest_deployment() -> None:
    def deployment(day: int, *shares: tuple[str, float]) -> dict[str, object]:
        versions = [{"version_id": version, "percentage": percentage} for version, percentage in shares]
        return {"created_on": f"2026-11-{day:02d}", "versions": versions}

    one, two = deployment(1, ("a", 100)), deployment(2, ("b", 50), ("a", 50))
    assert find_former([deployment(3, ("c", 100)), one, two]) == "a"
    assert find_former([two, one]) == "a"
    assert find_former([one]) is None
    assert find_former([]) is None
