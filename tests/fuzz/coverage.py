"""Lets Atheris find inputs for one reader, guided by what they reach.

    .venv/bin/python -m tests.fuzz.coverage requests -max_total_time=300

All other arguments are libFuzzer's, such as a directory of inputs to begin with and to keep new ones in, or
a file with an input that failed, to try that one again. `make fuzz` runs this for all readers.
"""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from pathlib import Path

import atheris

# Imported here to be instrumented, with everything that the readers use.
with atheris.instrument_imports(include=["pywrangler", "json5", "tomllib"]):
    from tests.fuzz.table import TARGETS, kept_inputs

from tests.fuzz.inputs import Maker
from tests.fuzz.limits import Limited, counting_time


def main() -> None:
    """Look for faults until a limit among the arguments is reached, or until something is wrong."""
    target = TARGETS[sys.argv.pop(1)]
    # Under TMPDIR, where `make fuzz` removes it: libFuzzer ends the process itself.
    directory = Path(tempfile.mkdtemp(prefix="pywrangler-fuzz-"))
    inputs, dictionary = directory / "inputs", directory / "words.dict"
    inputs.mkdir()
    kept = kept_inputs(target)
    for number, data in enumerate(kept):
        (inputs / str(number)).write_bytes(data)
    words = [word for word in target.words if word.isascii() and word.isprintable()]
    dictionary.write_text("".join(f"{json.dumps(word)}\n" for word in words))
    with_words = [f"-dict={dictionary}"] if words else []
    tries_one_file = any(Path(argument).is_file() for argument in sys.argv[1:])
    more = [] if tries_one_file else [*with_words, f"-max_len={target.largest_bytes}", str(inputs)]
    maker = Maker(kept, target.words, target.largest_bytes, 0)

    def change(data: bytes, largest: int, seed: int) -> bytes:
        """Half of the changes are libFuzzer's, and half are ours, which repeat pieces."""
        return maker.change(data)[:largest] if seed % 2 else bytes(atheris.Mutate(data, largest))

    with counting_time():
        read = Limited(target.open(directory))
        program = _program(directory, target.name)
        atheris.Setup([str(program), *sys.argv[1:], *more], read, custom_mutator=change)
        atheris.Fuzz()


def _program(directory: Path, target: str) -> Path:
    """A program that does the same as this one. libFuzzer runs itself again where it merges inputs."""
    path = directory / "coverage"
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tests.fuzz.coverage {target} "$@"\n')
    path.chmod(0o700)
    return path


if __name__ == "__main__":
    main()
