"""What a Dockerfile reads, by value."""

from __future__ import annotations

import pytest

from pywrangler.images.dockerfile import context_paths, parse_dockerfile
from pywrangler.images.patterns import UnclearError
from pywrangler.images.sources import Image, Sources, read_sources
from pywrangler.images.words import expand, split_words

OURS, ARM = "linux/amd64", "linux/arm64"


def read(dockerfile: str, target: str | None = None, **build_vars: str) -> Sources:
    return read_sources(
        parse_dockerfile(dockerfile.encode()), build_vars, target=target, platform=OURS, builder_platform=OURS
    )


def names(dockerfile: str, target: str | None = None, **build_vars: str) -> set[str]:
    return {image.reference for image in read(dockerfile, target, **build_vars).images}


LONG = """\
# syntax=docker/dockerfile:1
# escape=\\

ARG VERSION=1.0
ARG BASE="alpine"
FROM --platform=linux/amd64 node:${VERSION} AS build
ARG IGNORED=x
RUN --mount=type=bind,from=tools:2,target=/t --mount=from=more:3,target=/m \\
    # a comment in between

    make \\
    FROM nowhere
FROM $BASE AS runtime
COPY --from=build /a /a
COPY --from=0 /b /b
COPY --from=busybox:1.35 /bin /bin
FROM ${UNSET:-fallback:1} AS unused
FROM scratch AS empty
FROM Runtime
"""


def test_the_images_a_dockerfile_builds_on_are_found() -> None:
    found = {"docker/dockerfile:1", "node:1.0", "tools:2", "more:3", "alpine", "busybox:1.35"}
    assert names(LONG) == found
    assert names(LONG, VERSION="2") == found - {"node:1.0"} | {"node:2"}
    assert names(LONG, target="BUILD") == {"docker/dockerfile:1", "node:1.0", "tools:2", "more:3"}
    assert names(LONG, target="unused") == {"docker/dockerfile:1", "fallback:1"}


@pytest.mark.parametrize(
    ("dockerfile", "found"),
    [
        ("FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-${TARGETARCH}", {"a"}),
        ("FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-$TARGETARCH AS c\nFROM c", {"a"}),
        ("FROM a:${TARGETOS}-${TARGETARCH}${TARGETVARIANT}", {"a:linux-amd64"}),
        ("ARG V\nFROM a:${V:-1}", {"a:1"}),
        ("ARG V=\nFROM a:${V-1}x", {"a:x"}),
        ("ARG V=2\nFROM a:${V:+3}", {"a:3"}),
        ("FROM a:${V:-1}${W:+2}", {"a:1"}),
        ("ARG V=2\nFROM a:${V:?needed}", {"a:2"}),
        ("ARG A=1\nARG B=${A}2\nFROM a:$B", {"a:12"}),
        ("ARG A=1 B=$A\nFROM a:${B}", {"a:1"}),
        ("ARG D='1'\nFROM a:${E:-${D}}", {"a:1"}),
        ('FROM "a:1"', {"a:1"}),
        ("FROM 'a':\"1\" AS b", {"a:1"}),
        ("from a:1 as B\nfrom b", {"a:1"}),
        ("FROM a AS b\nRUN echo from=c --from=d\nCOPY --chown=1 --from=b /x /y", {"a"}),
        ('FROM a\nRUN echo "--mount=from=b"', {"a"}),
        ("FROM a\nCOPY --link --from=b:1 /x /y", {"a", "b:1"}),
        ("FROM a\nRUN <<EOF\nFROM b\nCOPY --from=c / /\nEOF\nUSER 1", {"a"}),
        ("FROM a\nRUN <<-'END' sh\n\tFROM b\n\tEND\n", {"a"}),
        ("FROM a\nCOPY <<A <<B /x/\nFROM b\nA\nFROM c\nB\nCOPY --from=d /x /x", {"a", "d"}),
        ("# escape=`\nFROM a\nRUN dir C:\\ `\n FROM b\n", {"a"}),
        ("FROM a\nRUN echo \\\\\nCOPY --from=b / /", {"a", "b"}),
        ("FROM a\nRUN echo \\   \nCOPY --from=b / /", {"a"}),
        ("\ufeffFROM a\r\nRUN x \\\r\n  y\r\n", {"a"}),
        ("FROM a\n# COPY --from=b / /\n  # RUN \\\nCOPY --from=c / /", {"a", "c"}),
        ("FROM localhost:5000/a/b:1@sha256:" + "0" * 64, {"localhost:5000/a/b:1@sha256:" + "0" * 64}),
        ("FROM a AS x\nFROM b AS y\nCOPY --from=x / /\nFROM c", {"c"}),
        ("FROM a AS x\nFROM b AS y\nCOPY --from=X / /\nFROM y", {"a", "b"}),
        ("FROM a AS x\nFROM x AS y\nFROM y", {"a"}),
        ("FROM b AS b\nFROM b", {"b"}),
    ],
)
def test_names_are_found_as_the_builder_finds_them(dockerfile: str, found: set[str]) -> None:
    assert names(dockerfile) == found


@pytest.mark.parametrize(
    "dockerfile",
    [
        "",
        "FRM a",
        "RUN x\nFROM a",
        "FROM a b",
        "FROM a AS",
        "FROM ${V}",
        "FROM a:${V",
        "FROM a:${V#x}",
        "FROM a:${V/x/y}",
        "FROM a:${V?}",
        "ARG V\nFROM a:${V-1}",
        "FROM 'a",
        "FROM --platform=arm a",
        "FROM a AS scratch\nFROM scratch",
        "FROM a AS b\nFROM c AS b",
        "FROM a\nCOPY --from=$X / /",
        "FROM a\nCOPY --from=7 / /",
        'FROM a\nRUN --mount=type=bind,"from=b" x',
        "FROM a\nRUN --mount=from=${B} x",
        "FROM a\nONBUILD COPY . /",
        "FROM a\nRUN <<EOF\necho",
        "FROM a\nRUN x=$((1<<3))",
        "FROM a\nRUN cat << EOF\nEOF",
        'FROM a\nRUN echo "<<EOF"\nEOF',
        "# escape=x\nFROM a",
        "# syntax=example.com/own\nFROM a",
        "# escape=`\n# escape=`\nFROM a",
        "ARG SOURCE_DATE_EPOCH=stage\nFROM a",
    ],
)
def test_what_is_not_read_with_certainty_is_left_to_the_builder(dockerfile: str) -> None:
    with pytest.raises(UnclearError):
        read(dockerfile)


@pytest.mark.parametrize(
    ("source", "is_address"),
    [
        ("https://example.com/a.tgz", True),
        ("http://example.com/a.tgz", True),
        ("--checksum=sha256:12 https://example.com/a.tgz", True),
        ("git@github.com:a/b.git", True),
        ("https://github.com/a/b.git#main", True),
        ("github.com/a/b", True),
        ("ssh://git@example.com/a", True),
        ("$URL", True),
        ("a ${B} c", True),
        ('"https://example.com/a b"', True),
        ("a.tgz", False),
        ("./a b/* c?.txt", False),
        ("<<EOF", False),
    ],
)
def test_an_address_is_distinguished_from_a_file(source: str, is_address: bool) -> None:
    assert read(
        f"FROM a\nADD {source} /\nEOF\n" if "<<" in source else f"FROM a\nADD {source} /"
    ).has_addresses is (is_address)


def test_an_address_in_the_other_form_is_found() -> None:
    assert read('FROM a\nADD ["https://example.com/a", "/x y"]').has_addresses
    assert not read('FROM a\nADD ["a", "/https://"]').has_addresses
    assert not read(
        "FROM a AS b\nADD https://example.com/a /\nFROM c"
    ).has_addresses  # the stage is not built


@pytest.mark.parametrize(
    ("dockerfile", "foreign"),
    [
        ("FROM --platform=linux/arm64 a", (1, ARM)),
        ("FROM --platform=linux/arm64 a AS b\n\nFROM b\nRUN x", (1, ARM)),
        ("ARG P=linux/arm64\nFROM --platform=$P a", (2, ARM)),
        ("FROM --platform=linux/arm64/v8 a", (1, "linux/arm64/v8")),
        ("FROM --platform=linux/arm64 a AS b\nFROM c\nCOPY --from=b / /", None),
        ("FROM --platform=$BUILDPLATFORM a", None),
        ("FROM --platform=$TARGETPLATFORM a", None),
        ("FROM --platform=linux/amd64/v2 a", None),
        ("FROM --platform= a", None),
    ],
)
def test_programs_of_another_platform_are_noticed(dockerfile: str, foreign: tuple[int, str] | None) -> None:
    assert read(dockerfile).foreign_stage == foreign


def test_an_image_is_read_for_its_platform() -> None:
    text = "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=b / /\nCOPY --from=d / /"
    found = read_sources(parse_dockerfile(text.encode()), {}, platform=OURS, builder_platform=ARM)
    assert found.images == {Image("a", ARM), Image("c", OURS), Image("d", OURS)}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("plain", "plain"),
        ("$A", "1"),
        ("${A}b", "1b"),
        ("$Ab", ""),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        (r"\$A", "$A"),
        (r'"\$A\x"', r"$A\x"),
        ("${B:-$A}", "1"),
        ("${B:-'x y'}", "x y"),
        ("${A:+}", ""),
        ("a'b'\"c\"", "abc"),
    ],
)
def test_words_are_expanded(word: str, value: str) -> None:
    assert expand(word, {"A": "1"}) == value


def test_words_are_split_outside_of_quotes() -> None:
    assert split_words(r"""a "b c" d\ e 'f "g'h""") == ["a", '"b c"', r"d\ e", "'f \"g'h"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("COPY app/ /app/", ("app",)),
        ("COPY --chown=1:1 package.json package-lock.json ./", ("package-lock.json", "package.json")),
        ('COPY ["a b", "c", "/"]', ("a b", "c")),
        ("COPY src/**/*.ts /x", ("src",)),
        ("ADD https://example.com/z /", ()),
        ("COPY --from=other / /", ()),
        ("COPY <<END /x\nhello\nEND", ()),
        ("RUN --mount=type=cache,target=/r true", ()),
        ("RUN --mount=type=bind,source=lib,target=/x true", ("lib",)),
        # What may be anything.
        ("COPY . .", None),
        ("COPY *.py ./", None),
        ("COPY $WHERE /", None),
        ("COPY ../x /", None),
        ("RUN --mount=type=bind,target=/x make", None),
        ("ONBUILD COPY app /", None),
    ],
)
def test_instructions_name_what_they_read_of_the_context(text: str, paths: tuple[str, ...] | None) -> None:
    assert context_paths(parse_dockerfile(f"FROM a\n{text}\n".encode())) == paths


def test_another_syntax_may_read_anything() -> None:
    assert context_paths(parse_dockerfile(b"# syntax=example.com/other\nFROM a\n")) is None
