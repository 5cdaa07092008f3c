"""Who may mount with FUSE: those named when the platform starts, and those allowed since."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.local.daemon.privileges import FusePrivilege, read_fuse_applications
from pywrangler.local.store import Store


@pytest.mark.parametrize(
    ("variable", "named"),
    [("", set()), ("*", {"*"}), (" a, b ,", {"a", "b"})],
)
def test_the_variable_names_applications(variable: str, named: set[str]) -> None:
    assert read_fuse_applications({"PYWRANGLER_FUSE": variable}) == named
    assert read_fuse_applications({}) == set()


def test_only_named_and_allowed_applications_may_mount(tmp_path: Path) -> None:
    store = Store.open(tmp_path, None)
    try:
        may_mount = FusePrivilege(frozenset({"named"}), store.fuse)
        assert [may_mount(name) for name in ("named", "other")] == [True, False]
        store.fuse.decide("other", "worker", is_allowed=True)
        store.fuse.decide("named", "worker", is_allowed=False)
        assert [may_mount(name) for name in ("named", "other")] == [True, True]
        store.fuse.decide("other", "worker", is_allowed=False)
        assert not may_mount("other")
        store.fuse.decide("other", "worker", is_allowed=True)
        store.fuse.forget_worker("worker")
        assert not may_mount("other")
        assert FusePrivilege(frozenset({"*"}), store.fuse)("any")
    finally:
        store.close()
