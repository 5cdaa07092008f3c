"""All readers, and the inputs that are kept for them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fuzz.records import Target
from tests.fuzz.targets.configuration import CONFIGURATION
from tests.fuzz.targets.gateway import REQUESTS, TUNNELS
from tests.fuzz.targets.images import DOCKERFILES, IGNORE_FILES
from tests.fuzz.targets.logs import EVENTS, LINES, MAPS, OUTPUT
from tests.fuzz.targets.outbound import OPENINGS, QUESTIONS
from tests.fuzz.targets.registry import MANIFESTS, NAMES

CORPUS = Path(__file__).parent / "corpus"
TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        CONFIGURATION,
        REQUESTS,
        TUNNELS,
        QUESTIONS,
        OPENINGS,
        DOCKERFILES,
        IGNORE_FILES,
        OUTPUT,
        LINES,
        MAPS,
        EVENTS,
        MANIFESTS,
        NAMES,
    )
}


def kept_inputs(target: Target) -> list[bytes]:
    """The seeds, and the inputs that reached something new in long runs."""
    file = CORPUS / f"{target.name}.json"
    kept = json.loads(file.read_text()) if file.exists() else []
    return [*target.seeds, *(text.encode("latin-1") for text in kept)]


def keep_inputs(target: Target, inputs: list[bytes]) -> None:
    """Write the inputs to keep besides the seeds. Bytes are characters up to 255."""
    CORPUS.mkdir(exist_ok=True)
    lines = (json.dumps(data.decode("latin-1"), ensure_ascii=True) for data in sorted(inputs))
    (CORPUS / f"{target.name}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
