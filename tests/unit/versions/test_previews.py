"""Aliases of versions."""

from __future__ import annotations

import pytest

from pywrangler.commands.versions.previews import LONGEST_LABEL, alias_of_branch


@pytest.mark.parametrize(
    ("branch", "alias"),
    [
        ("main", "main"),
        ("feature/Big_Thing--2", "feature-big-thing-2"),
        ("-fix-", "fix"),
        ("123-fix", None),
        ("###", None),
    ],
)
def test_a_branch_makes_an_alias(branch: str, alias: str | None) -> None:
    assert alias_of_branch(branch, "web") == alias


def test_a_long_branch_is_cut_with_its_hash() -> None:
    worker = "w" * 40
    made = [alias_of_branch(f"a-long-name-of-a-branch-{end}", worker) for end in ("one", "two")]
    assert [len(each or "") + 1 + len(worker) for each in made] == [LONGEST_LABEL] * 2
    assert made[0] != made[1]
    assert alias_of_branch("a-long-name-of-a-branch", "w" * 60) is None
