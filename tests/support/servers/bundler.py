"""A small `esbuild`, which takes a Worker of one file as it is: `{;` in it is a mistake."""

from __future__ import annotations

import sys
from pathlib import Path

PROGRAM = r"""
import json, os, re, sys

entry = sys.argv[1]
options = dict(word.split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
text = open(entry).read()
name = os.path.relpath(entry)
for number, line in enumerate(text.splitlines(), 1):
    if "{;" in line:
        column = line.index("{;") + 1
        print(f'X [ERROR] Unexpected ";"\n\n    {name}:{number}:{column}:\n', file=sys.stderr)
        sys.exit(1)
stem = os.path.splitext(os.path.basename(entry))[0] + ".js"
output = os.path.join(options["--outdir"], stem)
os.makedirs(options["--outdir"], exist_ok=True)
for name_and_value in re.findall("--define:([^=]+)=(.*)", "\n".join(sys.argv)):
    text = text.replace(*name_and_value)
open(output, "w").write(text)
open(output + ".map", "w").write(json.dumps({"version": 3, "sources": [entry], "mappings": ""}))
exports = re.findall(r"export class (\w+)", text) + ["default"] * ("export default" in text)
described = {"imports": [], "exports": exports, "entryPoint": name, "inputs": {name: {"bytesInOutput": 1}}}
meta = {"inputs": {name: {"bytes": len(text), "imports": []}}, "outputs": {output: described}}
open(options["--metafile"], "w").write(json.dumps(meta))
"""


def write_bundler(file: Path) -> Path:
    """Write the program to a file that can be run."""
    file.write_text(f"#!{sys.executable} -ISB\n{PROGRAM}")
    file.chmod(0o755)
    return file
