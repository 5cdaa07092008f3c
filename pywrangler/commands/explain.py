"""`pywrangler explain`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.explanations.table import CodeExplanation

Code = Annotated[str, typer.Argument(metavar="CODE", help="A code, such as engine-not-running.")]
LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def explain(run: Invocation, code: Code, as_json: AsJson = False) -> None:
    """Explain an error code: what it means, an example of the message, and what to do.

    A code stands in brackets after each problem of a configuration, and in `code` of an error with --json.
    With --json it prints {code, topic, meaning, example, cure}; meaning and cure are Markdown.

    Example: pywrangler explain engine-not-running
    """
    from dataclasses import asdict

    from pywrangler.explanations.table import explanations

    known = explanations()
    found = known.get(code.strip("[]`"))
    if found is None:
        from pywrangler.commands.shared.unknown_names import nearest

        raise UsageError(
            f"There is no error code `{code}`.",
            hint=nearest(code, list(known)) or "An error shows its code with `--json`.",
        )
    if as_json:
        run.console.json(asdict(found))
    else:
        run.console.result(as_text(found), multiline=True)


def as_text(found: CodeExplanation) -> str:
    """The explanation for a terminal."""
    example = "\n".join(f"    {line}".rstrip() for line in found.example.splitlines())
    meaning, cure = (LINK.sub(r"\1", part) for part in (found.meaning, found.cure))
    return f"{found.code} ({found.topic})\n\n{meaning}\n\n{example}\n\n{cure}"
