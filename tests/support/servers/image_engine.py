"""The small Docker Engine with a store of images, and a program `docker` that builds images for it.

A build succeeds unless the Dockerfile has `RUN exit NUMBER`. The same Dockerfile gives the same image id.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.support.engine import FakeEngine, Program, RefusalError

CREATED = 1_790_000_000
SIZE_BYTES = 5_000_000
DOCKER = r"""
import http.client, json, os, re, socket, sys

words = sys.argv[1:]
if words[:2] == ["buildx", "version"]:
    print("github.com/docker/buildx 0.19.0")
    sys.exit(0)
option = lambda name: words[words.index(name) + 1]
file = option("--file")
text = sys.stdin.read() if file == "-" else open(file).read()
lines = text.splitlines()
for number, line in enumerate(lines, 1):
    print(f"#{number} [{number}/{len(lines)}] {line}", flush=True)
    if "RUN hang" in line:
        import time
        time.sleep(60)
    if failed := re.search("RUN exit ([0-9]+)", line):
        print(f'ERROR: process "/bin/sh -c exit {failed[1]}" did not complete: exit code: {failed[1]}')
        sys.exit(1)
connection = http.client.HTTPConnection("engine")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))
connection.request("POST", "/built", json.dumps({"tag": option("--tag"), "dockerfile": text}))
assert connection.getresponse().status == 200
"""


class ImageEngine(FakeEngine):
    """An engine with a store of images. What is at a registry is in `at_registry`, by reference."""

    def __init__(self, socket: Path) -> None:
        super().__init__(socket)
        self.at_registry: dict[str, str] = {}
        """The texts of Dockerfiles, of which pulls make images."""
        self.program = Program()
        """What the process of each built or pulled image does."""

    def add_image(self, name: str, program: Program | None = None, **config: Any) -> str:
        """Have an image of this name with all facts; its id."""
        image_id = super().add_image(name, program, **config)
        self.images[name].update(_facts())
        return image_id

    def make_image(self, name: str, dockerfile: str) -> str:
        """Have the image that a Dockerfile gives; its id."""
        image_id = f"sha256:{hashlib.sha256(dockerfile.encode()).hexdigest()}"
        if image_id not in self.images:
            self.images[image_id] = {"Id": image_id, "RepoTags": [], "Config": {}, **_facts()}
            self.programs[image_id] = self.program
        self._name(image_id, name)
        return image_id

    def _name(self, image_id: str, name: str) -> None:
        known = self.images[image_id]
        if self.images.get(name) not in (None, known):
            self.images[name]["RepoTags"].remove(name)
        self.images[name] = known
        if name not in known["RepoTags"]:
            known["RepoTags"].append(name)

    async def version(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "Version": "26.1.5",
                "ApiVersion": "1.45",
                "MinAPIVersion": "1.24",
                "Os": "linux",
                "Arch": "amd64",
            }
        )

    async def built(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        return web.json_response({"Id": self.make_image(body["tag"], body["dockerfile"])})

    async def list_images(self, request: web.Request) -> web.Response:
        patterns = json.loads(request.query.get("filters", "{}")).get("reference", ["*"])
        found = {
            entry["Id"]: {**entry, "RepoTags": tags, "Created": CREATED}
            for entry in self.images.values()
            if (tags := [tag for tag in entry["RepoTags"] if any(map(fnmatch.fnmatch, [tag], patterns))])
        }
        return web.json_response([*found.values()])

    async def tag(self, request: web.Request) -> web.Response:
        wanted = request.match_info["name"]
        if wanted not in self.images:
            raise RefusalError(404, f"No such image: {wanted}")
        name = f"{request.query['repo']}:{request.query.get('tag') or 'latest'}"
        self._name(self.images[wanted]["Id"], name)
        return web.Response(status=201)

    async def remove_image(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.images:
            raise RefusalError(404, f"No such image: {name}")
        entry = self.images.pop(name)
        entry["RepoTags"] = [tag for tag in entry["RepoTags"] if tag != name]
        if not entry["RepoTags"]:
            self.images.pop(entry["Id"], None)
        return web.json_response([{"Untagged": name}])

    async def pull(self, request: web.Request) -> web.StreamResponse:
        tag = request.query.get("tag", "latest")
        name = f"{request.query['fromImage']}{'@' if ':' in tag else ':'}{tag}"
        if name not in self.at_registry:
            raise RefusalError(404, f"manifest for {name} not found: manifest unknown")
        image_id = self.make_image(name, self.at_registry[name])
        events = [{"status": "Downloading", "id": "layer"}, {"status": f"Digest: {image_id}"}]
        return web.Response(text="".join(json.dumps(event) + "\r\n" for event in events))

    def application(self) -> web.Application:
        """The routes of the engine without images, and these."""
        app = super().application()
        routes = {
            "GET /version": self.version,
            "GET /_ping": self.info,
            "GET /images/json": self.list_images,
            "POST /images/create": self.pull,
            "POST /images/{name:.+}/tag": self.tag,
            "DELETE /images/{name:.+}": self.remove_image,
        }
        for route, handler in routes.items():
            method, path = route.split()
            for prefix in ("", "/{version:v1[.][0-9]+}"):
                app.router.add_route(method, prefix + path, handler)
        app.router.add_post("/built", self.built)
        return app


def _facts() -> dict[str, Any]:
    return {"Os": "linux", "Architecture": "amd64", "Size": SIZE_BYTES, "RootFS": {"Layers": ["l"]}}


def write_docker(file: Path) -> Path:
    """Write the program `docker` to a file that can be run."""
    file.write_text(f"#!{sys.executable} -ISB\n{DOCKER}")
    file.chmod(0o755)
    return file
