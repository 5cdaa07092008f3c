"""Deploys Workers to a platform by its REST API alone, as any client of Cloudflare's would."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from pywrangler.toolchain import Toolchain
from tests.support.http import Answer, request
from tests.support.platform import Platform

CONTAINER_WORKER = """
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = PORT; sleepAfter = "5m"; MEMBERS }
export default { async fetch(request, env) {
  const url = new URL(request.url);
  if (url.pathname === "/worker") return new Response("VERSION");
  console.log("asked for", url.pathname);
  return getContainer(env.BOX, url.searchParams.get("name") ?? undefined).fetch(request);
} };
"""
BOX_METADATA = {
    "bindings": [{"type": "durable_object_namespace", "name": "BOX", "class_name": "Box"}],
    "containers": [{"class_name": "Box"}],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Box"]}]},
}


@dataclass(frozen=True)
class Bundler:
    """Bundles Workers that import the npm package; `directory` is where its `node_modules` are."""

    toolchain: Toolchain
    node_modules: Path

    def container_worker(
        self, *, version: str = "worker 1", port: int | None = 8080, members: str = ""
    ) -> str:
        """The Worker of these tests, as one module; its class names no port where `port` is None."""
        source = CONTAINER_WORKER.replace("VERSION", version).replace("PORT", str(port or "undefined"))
        source = source.replace("MEMBERS", members)
        done = subprocess.run(
            [
                str(self.toolchain.esbuild),
                *("--bundle", "--format=esm", "--external:cloudflare:*", "--target=es2024"),
            ],
            input=source.encode(),
            capture_output=True,
            env={"NODE_PATH": str(self.node_modules)},
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@dataclass
class Account:
    """A platform's account, with what the tests do to it."""

    platform: Platform
    migrated: set[str] = field(default_factory=set)

    def upload(self, name: str, script: str, *, within: str = "workers", **metadata: Any) -> Answer:
        """Upload a version of a Worker; the raw answer. `within` is the path of what has its scripts."""
        whole = {"main_module": "index.js", "compatibility_date": "2026-11-01", **metadata}
        if name in self.migrated:
            whole.pop("migrations", None)
        fields = {
            "metadata": (None, json.dumps(whole), "application/json"),
            "index.js": ("index.js", script, "application/javascript+module"),
        }
        body, content_type = urllib3.encode_multipart_formdata(fields)
        status = self.platform.start()
        answer = request(
            f"{status.url}/accounts/{status.account_id}/{within}/scripts/{name}",
            method="PUT",
            body=body,
            headers={"Authorization": f"Bearer {status.token}", "Content-Type": content_type},
        )
        if answer.status == 200 and "migrations" in whole:
            self.migrated.add(name)
        return answer

    def deploy(self, name: str, script: str, **metadata: Any) -> str:
        """Upload a version, which has to start; the Worker's address."""
        answer = self.upload(name, script, **metadata)
        assert answer.status == 200, answer.text
        return self.platform.worker_url(name)

    def create_application(self, worker: str, image: str, **changes: Any) -> Any:
        """The application of the Worker's class `Box`."""
        namespaces = self.platform.call("workers/durable_objects/namespaces")
        namespace = next(entry["id"] for entry in namespaces if entry["script"] == worker)
        body = {
            "name": f"{worker}-box",
            "scheduling_policy": "default",
            "instances": 0,
            "max_instances": 3,
            "configuration": {"image": image, "instance_type": "lite"},
            "durable_objects": {"namespace_id": namespace},
            **changes,
        }
        return self.platform.call("containers/applications", method="POST", body=body)

    def bring_up(self, worker: str, class_name: str = "Box") -> Answer:
        """Bring a container class up; the raw answer."""
        status = self.platform.status
        return request(
            f"{status.url}/accounts/{status.account_id}/local/workers/{worker}/bring-up",
            method="POST",
            body=json.dumps({"class_name": class_name}).encode(),
            headers={"Authorization": f"Bearer {status.token}", "Content-Type": "application/json"},
            timeout_seconds=180,
        )


IMAGE_LABEL = f"daemon-{os.getpid()}"
"""On every image of this test run, so that all of them can be removed, and no others."""


def remove_images() -> None:
    """Remove the images of this test run."""
    found = ["docker", "image", "ls", "--quiet", "--filter", f"label=pywrangler.test={IMAGE_LABEL}"]
    listed = subprocess.run(found, capture_output=True, text=True)
    if images := set(listed.stdout.split()):
        subprocess.run(["docker", "image", "rm", "--force", *images], capture_output=True)


def build_image(command: str, page: str = "box 1") -> str:
    """A small image that runs `command`, with a page to serve; its id."""
    lines = ("FROM busybox:1.35", f'RUN mkdir /www && echo "{page}" > /www/index.html', f"CMD {command}")
    dockerfile = "\n".join((*lines, f"LABEL pywrangler.test={IMAGE_LABEL}", ""))
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "Dockerfile").write_text(dockerfile)
        done = subprocess.run(
            ["docker", "buildx", "build", "--load", "--quiet", "--provenance=false", directory],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def serve(port: int = 8080) -> str:
    """A command that serves the page and ends on SIGTERM."""
    return f'["sh", "-c", "trap \'exit 0\' TERM; httpd -f -p {port} -h /www & wait"]'
