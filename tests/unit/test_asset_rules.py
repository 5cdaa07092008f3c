"""`_headers` and `_redirects`: what the asset Worker gets, what is omitted, and why."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.asset_rules import parse_headers, parse_redirects


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("/*\n  X-A: b\n  x-a: c\n  ! Link\n", {"/*": {"set": {"x-a": "b, c"}, "unset": ["Link"]}}),
        ("# a comment\n\n/a b/../ä?q\n  A: b: c\n", {"/%C3%A4": {"set": {"a": "b: c"}}}),
        ("https://example.com/x\n  A: b\n", {"https://example.com/x": {"set": {"a": "b"}}}),
        ("https://example.com\n  A: b\n", {"https://example.com/": {"set": {"a": "b"}}}),
    ],
)
def test_headers_are_read(text: str, rules: dict[str, Any]) -> None:
    assert parse_headers(text) == (rules, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("A: b\n", "line 1: a path that begins with `/` must stand above it"),
        ("/a\n  no colon\n  A: b\n", "line 2: it is not of the form `NAME: VALUE`"),
        ("/a\n  A:\n  A: b\n", "line 2: it is not of the form `NAME: VALUE`"),
        ("/*/*\n  A: b\n", "line 1: a path can have one `*`, and none together with `:splat`"),
        ("https://example.com:80/a\n  A: b\n", "line 1: an address cannot have a port here"),
        ("http://example.com/a\n  A: b\n", "line 1: an address begins with `/` or `https://`"),
        ("/a\n", "line 1: `/a` has no headers"),
        ("/a\n  A: " + "b" * 2000, "line 2: it is longer than 2000 characters"),
    ],
)
def test_headers_that_cannot_be_are_left_out(text: str, complaint: str) -> None:
    assert complaint in map(str, parse_headers(text)[1])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("/a /b\n", {"staticRules": {"/a": {"status": 302, "to": "/b", "lineNumber": 1}}, "rules": {}}),
        (
            "# moved\n/a https://example.com/b?c#d 301 # why\n",
            {
                "staticRules": {"/a": {"status": 301, "to": "https://example.com/b?c#d", "lineNumber": 2}},
                "rules": {},
            },
        ),
        (
            "/old/* /new/:splat 308\n/a /b\n",
            {
                "staticRules": {},
                "rules": {"/old/*": {"status": 308, "to": "/new/:splat"}, "/a": {"status": 302, "to": "/b"}},
            },
        ),
    ],
)
def test_redirects_are_read(text: str, rules: dict[str, Any]) -> None:
    assert parse_redirects(text, None) == (rules, [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("/a\n", "line 1: it is not of the form `FROM TO [STATUS]`"),
        ("https://example.com/a /b\n", "line 1: `FROM` must be a path"),
        ("/a b\n", "line 1: an address begins with `/` or `https://`"),
        ("/a /b 404\n", "line 1: the status is `404`"),
        ("/a /b\n/a /c\n", "line 2: `/a` is listed twice"),
        ("/ /index.html\n", "line 1: it redirects for ever"),
        ("/a https://example.com 200\n", "line 1: with the status 200 `TO` must be a path"),
    ],
)
def test_redirects_that_cannot_be_are_left_out(text: str, complaint: str) -> None:
    rules, (told,) = parse_redirects(text, None)
    assert str(told).startswith(complaint)
    assert len(rules.get("staticRules", {})) == text.count("\n") - 1


def test_limits_are_cloudflares() -> None:
    headers, _ = parse_headers("".join(f"/{number}\n  A: b\n" for number in range(101)))
    assert len(headers) == 100
    static = "".join(f"/{number} /x\n" for number in range(2001))
    dynamic = "".join(f"/{number}/* /x\n" for number in range(101))
    rules, complaints = parse_redirects(static + dynamic, None)
    assert (len(rules["staticRules"]), len(rules["rules"]), len(complaints)) == (2000, 100, 2)


def test_index_may_be_named_where_html_is_served_as_it_is() -> None:
    assert parse_redirects("/ /index.html\n", "none")[1] == []


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("\ufeff/a /b\n", ["/a"]),
        ("/a\xa0/b\u3000301\n", ["/a"]),
        ("/a /b\r\n/c /d\r\n", ["/a", "/c"]),
        ("/a /b 0x12d\n", ["/a"]),
        ("/a /b +301\n", ["/a"]),
        ("/a^b /c\n", ["/a%5Eb"]),
        ("/a|b /c\n", ["/a|b"]),
        ("a b\n", []),
        ("a /b\n", ["/a"]),
        ("/a /b 301#c\n", []),
        ("/a /b #c\n", ["/a"]),
        ("/a\x85/b\n", []),
        ("/a\x1c/b\n", []),
        ("/a HTTPS://example.com\n", []),
        ("/ /index.htm\n", ["/"]),
        ("/* //index.html\n", []),
        ("/x/* /y/index.html\n", []),
        ("/* https://example.com/index.html\n", ["/*"]),
        ("/a /b 200\n/b /a 200\n", ["/a", "/b"]),
    ],
)
def test_redirects_are_read_as_cloudflare_reads_them(text: str, sources: list[str]) -> None:
    """What the parser of Wrangler 4.164 makes of the same lines."""
    rules, _ = parse_redirects(text, None)
    assert [*rules.get("staticRules", {}), *rules.get("rules", {})] == sources


def test_headers_may_begin_with_a_byte_order_mark() -> None:
    assert parse_headers("\ufeff/a\n x: 1") == ({"/a": {"set": {"x": "1"}}}, [])
