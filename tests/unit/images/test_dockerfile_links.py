"""A Dockerfile that was a link, and is the link's path as text now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.images.build import path_in_place_of_link


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("../docker/Dockerfile", "../docker/Dockerfile"),
        ("../docker/Dockerfile\n", "../docker/Dockerfile"),
        ("../docker/none", None),
        ("../docker", None),
        ("FROM scratch", None),
        ("Dockerfile", None),
        ("", None),
        ("../docker/Dockerfile\nFROM scratch", None),
        ("\0" * 10, None),
        ("x/" * 100_000, None),
    ],
)
def test_a_path_is_known_by_the_file_that_it_leads_to(tmp_path: Path, text: str, found: str | None) -> None:
    for directory in ("app", "docker"):
        (tmp_path / directory).mkdir()
    (tmp_path / "docker" / "Dockerfile").write_text("FROM scratch\n")
    dockerfile = tmp_path / "app" / "Dockerfile"
    dockerfile.write_text(text)
    assert path_in_place_of_link(dockerfile) == found


def test_a_real_link_is_no_path(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("FROM scratch\n")
    link = tmp_path / "Dockerfile"
    link.symlink_to("other")
    assert path_in_place_of_link(link) is None
