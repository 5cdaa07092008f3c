"""Explains a mistake of syntax in TOML: the standard library says where it stopped, and this what was
probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pywrangler.config.problems.records import Edit
from pywrangler.config.syntax.common_errors import Mistake, curly_mistake, value_mistake, whole_file_mistake
from pywrangler.config.syntax.document import Span, Spans, path_text
from pywrangler.config.syntax.toml_versions import TEXT, with_plain_braces

_LOCATION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TEXT_OR_MARK = re.compile(rf"({TEXT})|#[^\n]*|([\[\]{{}}])", re.DOTALL)
_ENTRY = re.compile(r"""[ \t]*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*[\w"'-]+)*)[ \t]*=[ \t]*""")
_WORD = re.compile(r"[^\s,#\]}]+")


def stopping_point(text: str, error: ValueError) -> tuple[int, str]:
    """The offset at which the standard library stopped, and its reason. Before Python 3.14 both are in its
    message alone.
    """
    message = str(error)
    match = _LOCATION.search(message)
    if match is None or match[1] is None:
        return (len(text) if match else 0), _LOCATION.sub("", message)
    starts = [0, *(each.end() for each in re.finditer("\n", text))]
    return min(starts[int(match[1]) - 1] + int(match[2]) - 1, len(text)), message[: match.start()]


def explain(text: str, at: int, reason: str, read: Spans) -> Mistake:
    """The mistake at this offset; `read` are keys and values as far as the text could be read."""
    if mistake := whole_file_mistake(text, "toml"):
        return mistake
    found = (
        next(_about_heading(text, at), None) or _repeated(text, at, read) or next(_candidates(text, at), None)
    )
    return found or Mistake(f"This is not valid TOML: {reason}", (at, at + 1))


def _repeated(text: str, at: int, read: Spans) -> Mistake | None:
    """A key or a table that exists already: then all up to here is sound, and the last thing read is it."""
    if not read.repeated:
        return None
    steps, first, span = read.repeated[-1]
    end = max(read.values[steps][1] if read.values[steps][0] > span[0] else 0, span[1])
    if not span[0] <= at <= max(end, text.find("\n", span[1]) if "\n" in text[span[1] :] else len(text)):
        return None
    line = text.count("\n", 0, first[0]) + 1
    before = text[: span[0]].rpartition("\n")[2].strip()
    what = f"The table [{path_text(steps)}]" if before.startswith("[") else f'"{path_text(steps)}"'
    hint = "Remove one of the two."
    is_heading = text[: first[0]].rpartition("\n")[2].strip().startswith("[")
    if before.startswith("[") and is_heading and isinstance(steps[-1], str):
        hint = f"Put the fields together, or write [[{path_text(steps)}]] twice if it is a list."
    return Mistake(f"{what} is already set, on line {line}", span, hint)


def _candidates(text: str, at: int) -> Iterator[Mistake]:
    """The possible mistakes, the likeliest first."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)]
    column = at - start
    if mistake := curly_mistake(text, at, "toml"):
        yield mistake
    yield from _about_texts(text, at)
    opened = _open_bracket(text, at)
    if opened is not None and not text[:opened].rpartition("\n")[2].strip() and opened >= start:
        opened = None  # of a heading
    if opened is not None:
        yield from _about_open(text, opened, at)
    if entry := _ENTRY.match(line):
        yield from _about_entry(text, start, line, entry, column)
        if column >= entry.end():
            span = (at, start + len(line.rstrip()))
            yield Mistake("Something follows the value on its line", span, "Begin a new line after it.")
    else:
        yield from _about_statement(start, line, column)


def _about_texts(text: str, at: int) -> Iterator[Mistake]:
    """Quotes that are never closed, and what a backslash cannot begin."""
    for match in _TEXT_OR_MARK.finditer(text):
        if match.start() > at or not match[1] or _is_closed(match[1]):
            continue
        opening = re.match("(\"{3}|'{3}|.)", match[1])
        quotes = opening.group() if opening else ""
        end = match.start() + len(match[1].split("\n")[0].rstrip())
        yield Mistake("This string is never closed", (match.start(), end), f"Close it with {quotes}")
        break
    start = text.rfind("\n", 0, at) + 1
    line = text[start : at + 1]
    escape = re.search(r'\\(?![btnfre"\\]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}).?', line)
    if escape and '"' in line[: escape.start()]:
        span = (start + escape.start(), start + escape.end())
        hint = "Write two backslashes, or put the string in single quotes."
        yield Mistake(f"{escape.group()} is not a valid escape in a string", span, hint)


def _is_closed(text: str) -> bool:
    quotes = text[:3] if text[:3] in ('"""', "'''") else text[0]
    return (
        len(text) >= 2 * len(quotes)
        and text.endswith(quotes)
        and not re.search(r"(?<!\\)\\(?:\\\\)*\"$", text)
    )


def _about_heading(text: str, at: int) -> Iterator[Mistake]:
    start = text.rfind("\n", 0, at) + 1
    if text[start:].lstrip(" \t")[:1] != "[" or _open_bracket(text, start) is not None:
        return
    line = text[start : text.find("\n", start) if "\n" in text[start:] else len(text)]
    heading = re.match(r"\s*(\[\[?)\s*+([^\[\]#\n]*+)(\]*)\s*+(?:#.*)?$", line)
    if heading and len(heading[1]) != len(heading[3]):
        wanted = f"{heading[1]}{heading[2].rstrip()}{']' * len(heading[1])}"
        span = (start + heading.start(1), start + heading.end(3))
        yield Mistake(
            "The brackets of this heading do not match", span, f"Write {wanted}.", (Edit(*span, wanted),)
        )
    elif apart := re.match(r"\s*(\[\s+\[\s*([\w.-]+)\s*\]\s*\])", line):
        span = (start + apart.start(1), start + apart.end(1))
        edit = Edit(*span, f"[[{apart[2]}]]")
        yield Mistake(
            "The two brackets of a heading are written together", span, f"Write {edit.text}.", (edit,)
        )
    elif numbered := re.match(r"\s*(\[+([\w.-]+)\[\d+\].*)$", line):
        hint = f"Write [[{numbered[2]}]] above each element."
        span = (start + numbered.start(1), start + len(line.rstrip()))
        yield Mistake("A heading has no numbers: the elements are in the file's order", span, hint)
    elif blank := re.match(r"\s*(\[\[?(?:[\w-]+\.)*+)([\w-]++(?:[ \t]++[\w-]++)++)([\w.-]*\]\]?)", line):
        span = (start + blank.start(2), start + blank.end(2))
        message = f"{blank[2]} has a space, and a key has none"
        yield Mistake(
            message, span, f'Write {blank[1]}"{blank[2]}"{blank[3]}.', (Edit(*span, f'"{blank[2]}"'),)
        )


def _about_entry(text: str, start: int, line: str, entry: re.Match[str], column: int) -> Iterator[Mistake]:
    """`key = ...`, where the mistake is in the value or behind it."""
    value, rest = line[entry.end() :].rstrip(), line[column:].strip()
    if column > entry.end() and _ENTRY.match(line, column):
        span = (start + column, start + len(line.rstrip()))
        yield Mistake("A second field begins on this line", span, "Write each on a separate line.")
    if found := re.match(r",\s*(?=[\w\"'-]+\s*=)", rest):
        span = (at := start + column + line[column:].index(","), at + len(found.group().rstrip()))
        yield Mistake("A second field begins on this line", span, "Write each on a separate line.")
    if value.startswith(("=", ">")):
        edit = Edit(start + entry.end(), start + entry.end() + 1, "")
        yield Mistake(
            "There is one equals sign between key and value", (edit.start, edit.end), "Remove it.", (edit,)
        )
    is_whole = re.match(r'"[^"]*"(?!\s)', value)
    if is_whole and value.count('"') > 2 and column > entry.end():
        span = (start + entry.end(), start + entry.end() + len(value))
        yield Mistake("There are quotes inside a string", span, 'Write \\" for each of them.')
    if rest.startswith(("//", "/*")) or (rest.startswith(";") and rest != ";"):
        hint = "A comment begins with #."
        yield Mistake(f"{rest[:2]} does not begin a comment", (start + column, start + column + 2), hint)
    if not value or value.startswith("#"):
        yield Mistake(
            f"{entry[1]} has no value", (start + entry.start(1), start + len(entry.group().rstrip()))
        )
    elif value[0] not in "\"'[{" and rest not in (",", ";"):
        end = entry.end() + len(re.split(r"\s#", value)[0].rstrip().removesuffix(","))
        if mistake := _about_date(value, (start + entry.end(), start + end)):
            yield mistake
        if mistake := value_mistake(text, (start + entry.end(), start + end), "toml"):
            yield mistake
    if rest in (",", ";"):
        edit = Edit(
            start + column + line[column:].index(rest), start + column + line[column:].index(rest) + 1, ""
        )
        yield Mistake(f"A line ends without {rest!r}", (edit.start, edit.end), "Remove it.", (edit,))
    if "'" in value[1:] and value.startswith("'") and column > entry.end():
        span = (start + entry.end(), start + entry.end() + len(value))
        yield Mistake("The string ends in the middle", span, 'Put it in double quotes: "..."')


def _about_date(value: str, span: Span) -> Mistake | None:
    date = re.match(r"\d{4}-\d\d-\d\d", value)
    if not date:
        return None
    return Mistake(f"{date.group()} is not a date", (span[0], span[0] + date.end()))


def _about_statement(start: int, line: str, column: int) -> Iterator[Mistake]:
    """A line that begins with neither a key nor a heading."""
    stripped = line.strip()
    first = start + len(line) - len(line.lstrip())
    if stripped.startswith(("//", "/*")):
        yield Mistake(
            f"{stripped[:2]} does not begin a comment", (first, first + 2), "A comment begins with #."
        )
    if stripped[:1] in ("]", "}", ")") and column <= first - start + 1:
        yield Mistake(f"This {stripped[0]!r} closes nothing", (first, first + 1), "Remove it.")
    if stripped.startswith("- "):
        hint = "Each table of a list has a heading: [[containers]]"
        yield Mistake("This is a list in YAML", (first, first + len(stripped)), hint)
    if stripped.startswith("export "):
        edit = Edit(first, first + len("export "), "")
        yield Mistake("export is a shell command", (first, first + len("export")), "Remove it.", (edit,))
    key = re.match(r"([\"']?)([\w-]+)\1\s*(:?)\s*(.*)", stripped)
    if key and key[3] and column >= len(key[2]):
        at = first + key.start(3)
        message = f"There is a colon between {key[2]} and its value; TOML has an equals sign"
        yield Mistake(message, (at, at + 1), f"Write {key[2]} = {key[4].lstrip('= ').rstrip(',') or '...'}")
    elif key and key[4]:
        name, equals, _ = stripped.partition("=")
        if equals:
            message = f"{name.strip()} has a space, and a key has none"
            yield Mistake(message, (first, first + len(name.rstrip())), f'Write "{name.strip()}" in quotes.')
        else:
            message = f"There is no equals sign after {key[2]}"
            yield Mistake(message, (first, first + len(stripped)), f"Write {key[2]} = {key[4]}")
    elif key and column > 0:
        message = f"There is no equals sign after {key[2]}"
        yield Mistake(message, (first, first + len(stripped)), f'Write {key[2]} = "..."')


def _open_bracket(text: str, end: int) -> int | None:
    """The offset of the innermost bracket that is open at `end`, headings apart."""
    opened: list[int] = []
    for match in _TEXT_OR_MARK.finditer(text, 0, end):
        if match[2] in ("[", "{"):
            opened.append(match.start())
        elif match[2] and opened:
            opened.pop()
    return opened[-1] if opened else None


def _about_open(text: str, opened: int, at: int) -> Iterator[Mistake]:
    """Inside a list or a table in braces, whose bracket is at `opened`."""
    bracket, here = text[opened], text[at : at + 1]
    before = with_plain_braces(text[:at]).rstrip()
    if here in ("\n", "\r") and before.endswith("="):
        hint = "Begin the value on the same line."
        yield Mistake(
            "The line ends between an equals sign and its value", (len(before) - 1, len(before)), hint
        )
    if here == ":":
        yield Mistake("There is a colon after a key; TOML has an equals sign", (at, at + 1), "Write =")
    if here == "," and before.endswith((",", "[", "{")):
        yield Mistake("There is nothing in front of this comma", (at, at + 1), "Remove it.")
    is_entry = bracket == "[" and re.match(r"[\w.\"-]+[ \t]*=|\[", text[at:])
    word = None if is_entry else _WORD.match(text, at)
    is_value = bracket == "[" or before.endswith("=")
    if word and is_value and (mistake := value_mistake(text, word.span(), "toml")):
        yield mistake
    if word and not before.endswith((",", "[", "{", "=")):
        edit = Edit(len(before), len(before), ",")
        yield Mistake("A comma is missing here", (len(before) - 1, len(before)), "Add it.", (edit,))
    closing = {"[": "]", "{": "}"}[bracket]
    yield Mistake(f"This {bracket!r} is never closed", (opened, opened + 1), f"Close it with {closing}")
