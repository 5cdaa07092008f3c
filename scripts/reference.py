"""Write the configuration's reference page and JSON Schema in `docs/`: `python -m scripts.reference`."""

from __future__ import annotations

import json
from pathlib import Path

from pywrangler.config.schema.json_schema import json_schema
from scripts.configuration_reference import reference_page

DIRECTORY = Path(__file__).resolve().parent.parent / "docs"


def documents() -> dict[str, str]:
    """The files' names and contents."""
    return {
        "configuration.md": reference_page(),
        "wrangler.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }


def main() -> None:
    """Write them."""
    for name, text in documents().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
