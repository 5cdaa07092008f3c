"""Declarations of the modules that a Worker may import because of the rules for files that are no code.

TypeScript allows one asterisk in the name of a module: a glob that says more than that becomes the nearest
name, and a fallback by the suffix. Source: Wrangler 4.164, `wrangler types`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from pywrangler.dataclass import dataclass
from pywrangler.declarations.records import RuleSet
from pywrangler.deploy.bundle.modules import effective_rules
from pywrangler.path_steps import ANYTHING, DIRECTORIES, NAME, path_matcher

_TYPES = {"CompiledWasm": "WebAssembly.Module", "Data": "ArrayBuffer", "Text": "string"}


@dataclass(frozen=True)
class _Name:
    """What a glob becomes as the name of a module."""

    name: str
    fallback: str | None
    is_exact: bool
    """Whether the name stands for the glob's files and no others."""
    is_whole: bool
    """Whether its fallback stands for all files of a suffix, in any directory."""
    emits_fallback: bool


@dataclass(frozen=True)
class _Match:
    glob: str
    is_fallback: bool
    name: str
    type: str


@dataclass
class _Fallback:
    types: list[str] = field(default_factory=list)
    is_complete: bool = False
    is_emitted: bool = False


@dataclass
class _Resolved:
    """The names that one set of rules brings."""

    finds_additional: bool
    names: list[str] = field(default_factory=list)
    fallbacks: dict[str, _Fallback] = field(default_factory=dict)
    matches: list[_Match] = field(default_factory=list)


def declare_modules(rule_sets: Iterable[RuleSet]) -> list[str]:
    """The declarations for all sets of rules together."""
    resolved = [_resolve(rules) for rules in dict.fromkeys(rule_sets)]
    names: dict[str, list[str]] = {}
    fallbacks: dict[str, _Fallback] = {}
    for one in resolved:
        names |= {name: [] for name in one.names if name not in names}
        for name, found in one.fallbacks.items():
            fallback = fallbacks.setdefault(name, _Fallback())
            fallback.types += found.types
            fallback.is_emitted |= found.is_emitted
    for name, fallback in fallbacks.items():
        if fallback.is_emitted or len(set(fallback.types)) > 1:
            names.setdefault(name, [])
    for name, types in names.items():
        types.extend(kind for one in resolved for kind in _types(name, one))
    return [_declaration(name, list(dict.fromkeys(types))) for name, types in names.items()]


def _declaration(name: str, types: Sequence[str]) -> str:
    return f'declare module "{name}" {{\n\tconst value: {" | ".join(types)};\n\texport default value;\n}}'


def _name(glob: str) -> _Name:
    fallback = _fallback(glob)
    if "*" not in glob:
        return _Name(glob, fallback, is_exact=True, is_whole=False, emits_fallback=False)
    name = glob.replace("**/*", "*").replace("**/", "*/").replace("/**", "/*")
    is_exact = name.count("*") == 1
    return _Name(
        name if is_exact else fallback or "*",
        fallback,
        is_exact,
        is_whole=is_exact and name == fallback and glob.startswith("**/"),
        emits_fallback=True,
    )


def _fallback(glob: str) -> str | None:
    if "*" in glob:
        suffix = glob.rpartition("*")[2]
        return f"*{suffix}" if suffix else None
    dot = glob.rfind(".")
    return f"*{glob[dot:]}" if dot > max(glob.rfind("/"), glob.rfind("\\")) else None


def _resolve(rules: RuleSet) -> _Resolved:
    found = _Resolved(rules.finds_additional)
    seen: set[str] = set()
    for rule in effective_rules(rules.rules):
        for glob in rule.globs if rule.type in _TYPES else ():
            if glob not in seen:
                seen.add(glob)
                _add(found, glob, _TYPES[rule.type])
    return found


def _add(found: _Resolved, glob: str, kind: str) -> None:
    name = _name(glob)
    found.matches.append(_Match(glob, not name.is_exact, name.name, kind))
    if name.fallback is None:
        found.names.append(name.name)
        return
    fallback = found.fallbacks.get(name.fallback, _Fallback())
    if fallback.is_complete:
        return
    if name.is_exact and name.name != name.fallback:
        found.names.append(name.name)
    fallback.types.append(kind)
    fallback.is_complete = name.is_whole
    fallback.is_emitted |= name.emits_fallback
    found.fallbacks[name.fallback] = fallback


def _types(name: str, resolved: _Resolved) -> list[str]:
    """What a module of that name may be, by the first rules that cover it."""
    types: list[str] = []
    covered: list[str] = []
    is_file = "*" not in name
    for match in resolved.matches:
        is_covering = is_file and match.is_fallback and _matches_file(match, name, resolved)
        if is_file and match.is_fallback and not is_covering:
            continue
        both = _intersection(name, match.name)
        if both is None or any(_contains(pattern, both) for pattern in covered):
            continue
        types.append(match.type)
        if not match.is_fallback or is_covering:
            covered.append(both)
            if _contains(match.name, name):
                break
    return types


def _matches_file(match: _Match, name: str, resolved: _Resolved) -> bool:
    return _glob_matcher(match.glob, tells_directories=resolved.finds_additional)(name)


def _glob_matcher(glob: str, *, tells_directories: bool) -> Callable[[str], bool]:
    """A glob by the rules of the npm package glob-to-regexp (0.4)."""
    text, at = "", 0
    while at < len(glob):
        if glob[at] != "*":
            text += re.escape(glob[at])
            at += 1
            continue
        end = at
        while glob[end : end + 1] == "*":
            end += 1
        is_alone = glob[at - 1 : at] in ("", "/") and glob[end : end + 1] in ("", "/")
        if tells_directories and end - at > 1 and is_alone:
            text, end = text + (DIRECTORIES if glob[end:] else ANYTHING), end + 1
        else:
            text += NAME if tells_directories else ANYTHING
        at = end
    return path_matcher(text)


def _intersection(left: str, right: str) -> str | None:
    if "*" not in left:
        return left if _matches(right, left) else None
    if "*" not in right:
        return right if _matches(left, right) else None
    (left_begin, _, left_end), (right_begin, _, right_end) = left.partition("*"), right.partition("*")
    if not (left_begin.startswith(right_begin) or right_begin.startswith(left_begin)):
        return None
    if not (left_end.endswith(right_end) or right_end.endswith(left_end)):
        return None
    begin = left_begin if len(left_begin) >= len(right_begin) else right_begin
    end = left_end if len(left_end) >= len(right_end) else right_end
    return f"{begin}*{end}"


def _matches(pattern: str, name: str) -> bool:
    begin, star, end = pattern.partition("*")
    if not star:
        return pattern == name
    return len(name) >= len(begin) + len(end) and name.startswith(begin) and name.endswith(end)


def _contains(outer: str, inner: str) -> bool:
    if "*" not in inner:
        return _matches(outer, inner)
    if "*" not in outer:
        return False
    (outer_begin, _, outer_end), (inner_begin, _, inner_end) = outer.partition("*"), inner.partition("*")
    return inner_begin.startswith(outer_begin) and inner_end.endswith(outer_end)
