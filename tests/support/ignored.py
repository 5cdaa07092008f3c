"""A tree of files with every kind of name, and what BuildKit sends of it under each of many ignore files.

`python -m tests.differential.patterns --record` asks BuildKit and writes the file again.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

RECORD = Path(__file__).parent / "ignored.json"
"""From the text of an ignore file to the paths that are sent: a bit for each of `paths`, in hexadecimal."""

NAMES = r"""
a b A README.md readme.txt .env .env.local .git/HEAD .git/objects/aa/b1 node_modules/x/index.js
node_modules/x/node_modules/y/z.js src/main.js src/main.test.js src/lib/util.js src/lib/util.test.js
src/lib/deep/er/file.txt src/Dockerfile src/.hidden packages/web/public/index.html
packages/web/public/css/site.css packages/web/node_modules/q/w.js packages/api/public/i.html
packages/api/src/x.ts packages/README.md dist/bundle.js dist/sub/bundle.js build/a/b/c/d.txt build/keep.me
docs/a.md docs/b.txt docs/sub/a.md docs/sub/[x].md foo bar foobar foo.txt fooA fo dir/foo dir/bar dir/foo.txt
dir/sub/foo dir/sub/bar/foo file-1 file-2 file-a file-^ a^b x[y] star*name q?x back\slash plus+plus dollar$
paren(1) brace{1} pipe|x tilde~ hash#x #x !bang ünïcode é/è.txt tmp/a.log tmp/b.log tmp/keep.log tmp/x/y.log
logs/1.log logs/2.log logs/deep/3.log vendor/a/LICENSE vendor/b/LICENSE vendor/a/code.go vendor/b/code.go
cache/.keep cache/data.bin z/y/x/w/v.txt z/y/x/w/u.md z/y/t.txt Makefile makefile docker-compose.yml
Dockerfile.dev empty/dir/
"""


def write_tree(root: Path) -> None:
    """Make the tree in `root`, with a Dockerfile that copies all of it, and an empty ignore file."""
    for name in [*NAMES.split(), "sp ace"]:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(name)
    (root / "link").symlink_to("src")
    (root / "src/link2").symlink_to("../docs/a.md")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (root / ".dockerignore").touch()


def all_paths(root: Path) -> list[str]:
    """Every path in the tree, in a fixed order."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def encode(sent: Collection[str], paths: list[str]) -> str:
    """The paths that are sent, in hexadecimal."""
    return f"{sum(1 << index for index, path in enumerate(paths) if path in sent):x}"


def decode(bits: str, paths: list[str]) -> set[str]:
    """The paths that are sent."""
    number = int(bits, 16)
    return {path for index, path in enumerate(paths) if number >> index & 1}


def recorded() -> dict[str, str]:
    """What BuildKit did."""
    found: dict[str, str] = json.loads(RECORD.read_text())
    return found
