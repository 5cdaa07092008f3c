"""The platform's directory and who owns what is in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import open_directories

OTHER = 61234
"""A user that no machine has."""


@pytest.fixture
def foreign_home() -> Iterator[Path]:
    """The platform's directory of another user, who can get there. This process becomes that user."""
    if os.getuid() != 0 or not hasattr(os, "setresuid"):
        pytest.skip("only root can become another user, and only some systems let it return")
    base = Path(tempfile.mkdtemp(prefix="pw-", dir="/tmp"))
    base.chmod(0o755)
    (base / "home").mkdir()
    os.chown(base / "home", OTHER, OTHER)
    try:
        yield base / "home"
    finally:
        os.setresuid(0, 0, 0)
        shutil.rmtree(base)


@pytest.mark.parametrize("name", ["api.json", "uploads/", "workers/shop/"])
def test_what_root_left_is_named_with_its_cure(foreign_home: Path, name: str) -> None:
    os.setresuid(OTHER, OTHER, 0)
    open_directories(foreign_home, {})
    os.setresuid(0, 0, 0)
    left = foreign_home / name
    if name.endswith("/"):
        left.mkdir(mode=0o700)
    else:
        left.touch(mode=0o600)
    os.setresuid(OTHER, OTHER, 0)
    with pytest.raises(PywranglerError) as caught:
        open_directories(foreign_home, {})
    said = f"cannot be written: `{left.relative_to(foreign_home)}` in it belongs to another user (root)"
    assert said in caught.value.message
    assert f"`sudo chown -R {OTHER} {foreign_home}`" in (caught.value.hint or "")
    assert caught.value.code == "state-not-writable"


def test_what_another_user_shares_is_no_hindrance(foreign_home: Path) -> None:
    (foreign_home / "shared").touch()
    (foreign_home / "shared").chmod(0o666)
    os.setresuid(OTHER, OTHER, 0)
    open_directories(foreign_home, {})
