"""A `FROM` for another platform is found without an engine, with its place."""

from __future__ import annotations

import pytest

from pywrangler.images.foreign import ForeignStage, find_foreign_stage

ARM = "linux/arm64"
FLAG = f"--platform={ARM}"


@pytest.mark.parametrize(
    ("dockerfile", "build_vars", "place"),
    [
        (f"FROM {FLAG} a", {}, (1, 6, len(FLAG))),
        (f"# c\n\nfrom   {FLAG} a", {}, (3, 8, len(FLAG))),
        (f"FROM \\\n  {FLAG} \\\n  a", {}, (2, 3, len(FLAG))),
        (f"\ufeffFROM {FLAG} a\r\nRUN x\r\n", {}, (1, 6, len(FLAG))),
        ("ARG P=linux/amd64\nFROM --platform=$P a", {"P": ARM}, (2, 6, 13)),
        ("ARG P=arm64\nFROM --platform=linux/${P} a", {}, (2, 6, 21)),
        (f"FROM {FLAG} a AS b\nFROM b AS c\nFROM c", {}, (1, 6, len(FLAG))),
        ("FROM a AS b\nFROM --platform=linux/arm64/v8 a", {}, (2, 6, 25)),
        ("FROM --platform=windows/amd64 a", {}, (1, 6, 24)),
        ("FROM --platform=linux/386 a", {}, (1, 6, 20)),
    ],
)
def test_where_it_is(dockerfile: str, build_vars: dict[str, str], place: tuple[int, int, int]) -> None:
    found = find_foreign_stage(dockerfile.encode(), build_vars)
    assert found is not None
    assert (found.line, found.column, found.length) == place
    assert found.source == dockerfile.removeprefix("\ufeff").replace("\r", "").split("\n")[found.line - 1]


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM a",
        "FROM --platform=linux/amd64 a",
        "FROM --platform=$TARGETPLATFORM a",
        "FROM --platform=linux/$TARGETARCH a",
        "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=b / /",
        "FROM --platform=$BUILDPLATFORM a",  # on this machine or that one
        f"FROM {FLAG} a AS b\nFROM c\nCOPY --from=b / /",
        f"FROM {FLAG} a AS unused\nFROM c",
        "FROM --platform=$P a",
        f"RUN x\nFROM {FLAG} a",
        "FROM a\nRUN <<E\nFROM --platform=linux/arm64 a\nE",
        f"# FROM {FLAG} a\nFROM a",
        "",
        "\x00",
    ],
)
def test_where_none_is_or_only_the_builder_can_tell(dockerfile: str) -> None:
    assert find_foreign_stage(dockerfile.encode(), {}) is None


def test_what_is_said() -> None:
    stage = ForeignStage(ARM, 1, 6, 3, "")
    assert (
        stage.message("web")
        == "The image of web is built on an image for linux/arm64; containers run on linux/amd64"
    )
