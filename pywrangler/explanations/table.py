"""Reads the table of explanations."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pywrangler.dataclass import dataclass

TEXTS = Path(__file__).resolve().parent / "texts"
SECTION = re.compile(
    r"^## (?P<code>[a-z0-9-]+)\n(?P<meaning>.*?)^```text\n(?P<example>.*?)^```$(?P<cure>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
"""A code's section: what it means, an example in a block, what to do."""


@dataclass(frozen=True)
class CodeExplanation:
    """What an error code means: Markdown, and an example of the message as it is printed."""

    code: str
    topic: str
    """The title of the file that it is in."""
    meaning: str
    example: str
    cure: str


@cache
def explanations() -> dict[str, CodeExplanation]:
    """All explanations by their code, in the order of the files."""
    found: dict[str, CodeExplanation] = {}
    for file in sorted(TEXTS.glob("*.md")):
        text = file.read_text("utf-8")
        topic = text.partition("\n")[0].removeprefix("# ")
        for section in SECTION.finditer(text):
            parts = {name: part.strip("\n") for name, part in section.groupdict().items()}
            found[parts["code"]] = CodeExplanation(topic=topic, **parts)
    return found
