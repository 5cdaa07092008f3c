"""Modules of a Worker in addition to its bundle: which files, and of which type.

The rules are Wrangler's. Source: workers-sdk, wrangler's deployment-bundle (rules and module collection),
November 2026.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from pywrangler.config.records import ModuleRule
from pywrangler.dataclass import dataclass
from pywrangler.errors import BuildError
from pywrangler.module_types import COMMON_JS, DATA, ES_MODULE, TEXT, WASM
from pywrangler.path_steps import (
    ANYTHING,
    DIRECTORIES,
    NAME,
    TooManyGlobsError,
    path_matcher,
    without_braces,
)

CONTENT_TYPES = {
    "ESModule": ES_MODULE,
    "CommonJS": COMMON_JS,
    "CompiledWasm": WASM,
    "Text": TEXT,
    "Data": DATA,
}
"""The content type of a module's part of an upload, by the type's name in `rules`."""
SCRIPT_TYPES = frozenset({"ESModule", "CommonJS"})
"""Types that the bundler takes in, so that their rules matter without bundling only."""

DEFAULT_RULES = (
    ModuleRule("Text", ("**/*.txt", "**/*.html", "**/*.sql")),
    ModuleRule("Data", ("**/*.bin",)),
    ModuleRule("CompiledWasm", ("**/*.wasm", "**/*.wasm?module")),
)
_TOKEN = re.compile(r"\*\*/|\*\*|.", re.DOTALL)
SKIPPED_DIRECTORIES = frozenset({".wrangler", ".git"})


@dataclass(frozen=True)
class Module:
    """One module of an upload. `type` is its content type, `name` what other modules import it by."""

    name: str
    type: str
    content: bytes


def effective_rules(rules: Sequence[ModuleRule]) -> tuple[ModuleRule, ...]:
    """The rules that apply: the user's, then the default ones of types that the user left open.

    A rule closes its type for the later ones unless it has `fallthrough`.
    """
    chosen: list[ModuleRule] = []
    closed: set[str] = set()
    for rule in (*rules, *DEFAULT_RULES):
        if rule.type not in closed:
            chosen.append(rule)
        if not rule.fallthrough:
            closed.add(rule.type)
    return tuple(chosen)


def types_by_suffix(rules: Sequence[ModuleRule]) -> dict[str, str]:
    """From a file's suffix (`.wasm`) to the content type of the separate module it becomes when imported.

    The bundler tells files apart by suffix, so a glob must end in one. Raises BuildError when it does not,
    or when its type is unknown.
    """
    found: dict[str, str] = {}
    for rule in effective_rules(rules):
        content_type = _content_type(rule)
        if rule.type not in SCRIPT_TYPES:
            for glob in rule.globs:
                found.setdefault(_suffix(glob), content_type)
    return found


def find_modules(main: Path, rules: Sequence[ModuleRule], directory: Path) -> Iterator[Module]:
    """The modules beside `main`: files below the directory that a rule matches, named from there."""
    chosen = [
        (glob_matcher(glob), _content_type(rule)) for rule in effective_rules(rules) for glob in rule.globs
    ]
    for file in _files_below(directory):
        name = file.relative_to(directory).as_posix()
        content_type = next((kind for pattern, kind in chosen if pattern(name)), None)
        if content_type is not None and file != main:
            yield Module(name, content_type, file.read_bytes())


def glob_matcher(glob: str) -> Callable[[str], bool]:
    """Whether a glob matches a whole path: `**/` is any directories, `*` and `?` stay within a name.

    Raises BuildError.
    """
    try:
        matchers = [path_matcher(_expression(each)) for each in without_braces(glob)]
    except TooManyGlobsError as error:
        hint = "Split it into several."
        raise BuildError(
            f"`rules` has a glob that is too large: {error}.", hint=hint, code="bundle-rule"
        ) from None
    return lambda path: any(matches(path) for matches in matchers)


def _expression(glob: str) -> str:
    parts = {"**/": DIRECTORIES, "**": ANYTHING, "*": NAME, "?": "[^/]"}
    return "".join(parts.get(token) or re.escape(token) for token in _TOKEN.findall(glob))


def _content_type(rule: ModuleRule) -> str:
    try:
        return CONTENT_TYPES[rule.type]
    except KeyError:
        known = ", ".join(CONTENT_TYPES)
        raise BuildError(
            f"`rules` has the type {rule.type}, which does not exist.",
            hint=f"The types are {known}.",
            code="bundle-rule",
        ) from None


def _suffix(glob: str) -> str:
    name = PurePosixPath(glob).name.partition("?")[0]
    suffix = name.removeprefix("*")
    if not name.startswith("*.") or re.search(r"[*\[\]{}]", suffix):
        raise BuildError(
            f"`rules` has the glob {glob}, which does not end in a suffix such as **/*.wasm.",
            hint="The bundler distinguishes modules by suffix: give these files a different suffix.",
            code="bundle-rule",
        )
    return suffix


def _files_below(directory: Path) -> Iterator[Path]:
    for current, directories, names in os.walk(directory):
        directories[:] = sorted(name for name in directories if name not in SKIPPED_DIRECTORIES)
        yield from (Path(current, name) for name in sorted(names))
