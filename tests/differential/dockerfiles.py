"""Builds small projects by our own decision and by the builder, changes one thing, and compares again.

python -m tests.differential.dockerfiles            # every project
python -m tests.differential.dockerfiles -k base -v # those whose names contain `base`, with every decision

A deploy must never keep an image where the builder would make another. Building where the builder makes the
same costs a second; it is counted as `more`.
"""

from __future__ import annotations

# ruff: noqa: T201 - a program that prints
import argparse
import hashlib
import http.server
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.address import find_engine
from pywrangler.engine.client import Engine, connect
from pywrangler.errors import BuildError
from pywrangler.images.build import build_all, find_built
from pywrangler.images.records import BuildRequest, BuildSettings
from tests.differential.projects import PROJECTS
from tests.differential.projects.project import Project
from tests.differential.projects.steps import Place


@dataclass(frozen=True)
class Verdict:
    """How a project went."""

    kind: str
    """`right`, `more` (we build where the builder makes the same), `refused` (by the builder, before the
    change, and by us), or `WRONG`."""
    words: str = ""


def main() -> int:
    """Compare; the exit status is 1 where we err."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", metavar="TEXT", default="", help="only projects whose names contain it")
    parser.add_argument("-v", action="store_true", help="show every project")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with connected() as engine:
        for project in PROJECTS:
            if options.k not in project.name:
                continue
            verdict = compare(project, engine)
            counts[verdict.kind] += 1
            if options.v or verdict.kind == "WRONG":
                print(f"{verdict.kind:8}{project.name}: {verdict.words}", flush=True)
    print(f"{counts.total()} projects: {dict(counts)}")
    return 1 if counts["WRONG"] else 0


@contextmanager
def connected() -> Iterator[Engine]:
    """The engine."""
    engine = connect(find_engine(os.environ))
    try:
        yield engine
    finally:
        engine.close()


def compare(project: Project, engine: Engine) -> Verdict:
    """Build a project, change it, and compare what we would do with what the builder does."""
    image = f"differential-{secrets.token_hex(4)}"
    pages: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory() as directory,
        _serving(pages) as site,
        _without_leftovers(image, engine),
    ):
        place = Place(Path(directory).resolve(), image, site, pages)
        project.write(place)
        return _Comparison(project, place, engine).verdict()


@dataclass
class _Comparison:
    project: Project
    place: Place
    engine: Engine

    def verdict(self) -> Verdict:
        first = self._ask_builder("first")
        ours = self._build()
        if first is None or ours is None:
            is_right = first is None and ours is None
            return Verdict("refused") if is_right else Verdict("WRONG", f"refused by one: {first}, {ours}")
        if ours != first:
            return Verdict("WRONG", "our build makes another image")
        kept = self._kept()
        before = kept is not None
        if before and kept != first:
            return Verdict("WRONG", "another image is kept for what was built just now")
        self.project.change(self.place)
        kept = self._kept()
        second = self._ask_builder("second")
        if (second != first) != self.project.is_other:
            return Verdict(
                "WRONG", f"the project is not as described: the builder makes {first}, then {second}"
            )
        if kept is not None:
            words = "kept"
            kind = "right" if kept == second else "WRONG"
        else:
            kind = "right" if second != first else "more"
            words = "built" if before else "built, as every time"
        if (built := self._build()) != second:
            return Verdict("WRONG", f"after the change we make {built}, and the builder {second}")
        return Verdict(kind, words)

    @property
    def _request(self) -> BuildRequest:
        project, place = self.project, self.place
        return BuildRequest(
            place.image,
            place.path(project.path),
            place.path(project.context),
            dict(place.build_vars),
            target=project.target,
            secrets=tuple(place.filled(secret) for secret in project.secrets),
        )

    @property
    def _settings(self) -> BuildSettings:
        return BuildSettings(self._environment, self.place.root / "cache")

    @property
    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, **self.place.environment}

    def _build(self) -> str | None:
        """What a deploy has then; None where it cannot be built."""
        try:
            return self._made(
                build_all([self._request], self.engine, self._settings)[self.place.image].image_id
            )
        except BuildError:
            return None

    def _kept(self) -> str | None:
        """What a deploy would keep without asking the builder; None where it would build."""
        found = find_built(self._request, self.engine, self._settings)
        return self._made(found.id) if found else None

    def _ask_builder(self, name: str) -> str | None:
        """What the builder makes by itself; None where it fails."""
        request, tag = self._request, f"{self.place.image}-asked:{name}"
        words = ["docker", "buildx", "build", "--builder", "default", "--load", "--provenance=false"]
        words += ["--platform", "linux/amd64", "--tag", tag]
        words += [word for item in request.build_vars.items() for word in ("--build-arg", "=".join(item))]
        words += [word for secret in request.secrets for word in ("--secret", secret)]
        words += ["--target", request.target] if request.target else []
        is_link_out = request.dockerfile.is_symlink() and "../" in os.readlink(request.dockerfile)
        content = request.dockerfile.read_bytes() if is_link_out else None
        words += ["--file", "-" if is_link_out else str(request.dockerfile), str(request.context)]
        done = subprocess.run(words, env=self._environment, input=content, capture_output=True)
        return self._made(tag) if done.returncode == 0 else None

    def _made(self, image: str) -> str:
        """What an image is: its layers and its configuration, without the times at which it was made."""
        shown = subprocess.run(["docker", "image", "inspect", image], check=True, capture_output=True)
        facts = json.loads(shown.stdout)[0]
        return hashlib.sha256(json.dumps([facts["RootFS"], facts["Config"]]).encode()).hexdigest()[:12]


@contextmanager
def _serving(pages: Mapping[str, bytes]) -> Iterator[str]:
    """The address of a server for pages that may change at any time."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content or b"")

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def _without_leftovers(image: str, engine: Engine) -> Iterator[None]:
    """Remove every name of the project's images afterwards."""
    try:
        yield
    finally:
        for pattern in (f"{image}*", f"*/{image}*"):
            for found in engine.tagged_images(pattern):
                if image in found.tag:
                    engine.remove_image(found.tag)


if __name__ == "__main__":
    sys.exit(main())
