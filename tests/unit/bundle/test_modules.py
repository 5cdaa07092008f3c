"""Rules, globs and esbuild's messages, by value."""

from __future__ import annotations

import pytest

from pywrangler.config.records import ModuleRule
from pywrangler.deploy.bundle.bundler_errors import BundlerMessage, read_messages
from pywrangler.deploy.bundle.modules import DEFAULT_RULES, effective_rules, glob_matcher, types_by_suffix
from pywrangler.errors import BuildError


def test_a_rule_closes_its_type_for_the_default_ones() -> None:
    mine = ModuleRule("Text", ("**/*.md",))
    assert effective_rules([mine]) == (mine, *DEFAULT_RULES[1:])


def test_a_rule_with_fallthrough_leaves_the_default_ones() -> None:
    mine = ModuleRule("Text", ("**/*.md",), fallthrough=True)
    assert effective_rules([mine]) == (mine, *DEFAULT_RULES)


def test_suffixes_have_the_types_of_their_rules() -> None:
    assert types_by_suffix([]) == {
        ".txt": "text/plain",
        ".html": "text/plain",
        ".sql": "text/plain",
        ".bin": "application/octet-stream",
        ".wasm": "application/wasm",
    }


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("**/*.txt", "a.txt", True),
        ("**/*.txt", "deep/er/a.txt", True),
        ("*.txt", "deep/a.txt", False),
        ("lib/**", "lib/x/y.js", True),
        ("**/*.{a,b}", "x.b", True),
        ("**/?.js", "ab.js", False),
        ("a+b.txt", "a+b.txt", True),
        ("a,b.txt", "a,b.txt", True),
        ("{x,y/{a,b}}.js", "y/b.js", True),
        ("**/a**/*a*a*a*b", "a" * 255, False),
        ("*a*a*a*a*a*a*b", "a" * 255, False),
    ],
)
def test_globs_match_as_expected(glob: str, name: str, matches: bool) -> None:
    assert glob_matcher(glob)(name) is matches


def test_a_glob_that_stands_for_too_many_is_told() -> None:
    with pytest.raises(BuildError, match="more than 1000 globs"):
        glob_matcher("{a,b}" * 12)


def test_messages_are_read_with_their_places() -> None:
    output = """\
▲ [WARNING] Something else

    src/a.ts:1:1:

✘ [ERROR] Could not resolve "x"

    src/index.ts:3:17:
      3 │ import x from "x";
        ╵               ~~~

✘ [ERROR] No place
"""
    assert read_messages(output) == [
        BundlerMessage('Could not resolve "x"', "src/index.ts:3:17"),
        BundlerMessage("No place", None),
    ]
