"""The pages of the errors: one for each code, and the list of them all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pywrangler.explanations.table import CodeExplanation, explanations

_HEAD = """# Errors

Every error has a code, which stays the same when its words change. It stands in brackets after each problem
of a configuration, and in `code` of the error that a command prints with `--json`:

```console
$ pywrangler containers list --json
{"error": {"code": "platform-not-running", "message": "...", "hint": "..."}}
```

`pywrangler explain CODE` shows the same as these pages, without a browser.
"""


def error_pages() -> Iterator[tuple[str, str]]:
    """The names of the pages and their Markdown."""
    yield "errors/index.md", _index(list(explanations().values()))
    for each in explanations().values():
        yield f"errors/{each.code}.md", page(each)


def page(explanation: CodeExplanation) -> str:
    """The page of one code."""
    return f"""# {explanation.code}

*{explanation.topic}*

{explanation.meaning}

## Example

```text
{explanation.example}
```

## What to do

{explanation.cure}
"""


def _index(all_of_them: list[CodeExplanation]) -> str:
    parts = [_HEAD]
    for topic, each in groupby(all_of_them, key=lambda explanation: explanation.topic):
        parts.append(f"\n## {topic}\n\n| code | meaning |\n|---|---|")
        parts += [f"| [`{one.code}`]({one.code}.md) | {_first_sentence(one.meaning)} |" for one in each]
    return "\n".join(parts) + "\n"


def _first_sentence(text: str) -> str:
    """The first sentence, on one line of a table."""
    words = " ".join(text.split())
    end = words.find(". ")
    return (words if end < 0 else words[: end + 1]).replace("|", "\\|")
