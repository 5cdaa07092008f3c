"""Containers whose class chooses image and size in `start()`, on a platform of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.command import Cli
from tests.support.containers import containers_of, remove_images
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import Project, make_project

pytestmark = [pytest.mark.docker, pytest.mark.workerd, pytest.mark.slow]

WORKER = """
import { DurableObject } from "cloudflare:workers";
class Base extends DurableObject { own = this.constructor.name; }
export class Box extends Base {
	#secret = "kept";
	async fetch(request) {
		const { searchParams: given } = new URL(request.url), c = this.ctx.container;
		const size = given.get("size"), image = c.images[given.get("image")];
		const instance = size?.startsWith("{") ? JSON.parse(size) : size ?? undefined;
		const told = [];
		const ended = (async () => {
			try { c.start({ image, instance, env: { MINE: "yes" } }); await c.monitor(); }
			catch (error) { told.push(`${error.name}: ${error.message}`); }
		})();
		await Promise.race([ended, scheduler.wait(1500)]);
		const found = { told, running: c.running, images: Object.keys(c.images) };
		if (c.running) {
			const done = await c.exec(["sh", "-c", "cat /which; env"]);
			const output = await done.output();
			found.out = new TextDecoder().decode(output.stdout);
			found.image = (await c.inspect()).image;
		}
		return Response.json({ ...found, own: this.own, secret: this.#secret, isBox: this instanceof Box });
	}
}
export default { fetch: (request, env) => env.BOX.getByName(new URL(request.url).pathname).fetch(request) };
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    images = {"one": {"dockerfile": "./One"}, "the other": {"dockerfile": "./Two", "build_vars": {"N": "2"}}}
    entry = {"class_name": "Box", "scheduling_policy": "durable_object", "images": images}
    project = make_project(
        tmp_path / "project", worker=WORKER, dockerfile=None, config={"containers": [entry]}
    )
    project.write("One", "FROM busybox:1.35\nRUN echo one > /which\nCMD sleep 600\n")
    project.write("Two", "FROM busybox:1.35\nARG N\nRUN echo two $N > /which\nCMD sleep 600\n")
    yield project
    remove_images(f"pywrangler.local/{project.name}-*")


def limits(platform: Platform) -> set[tuple[int, float]]:
    """Memory in MiB and vCPU of the containers that run."""
    hosts = [each["HostConfig"] for each in containers_of(platform.status.account_id, running_only=True)]
    return {(host["Memory"] // 1024**2, host["NanoCpus"] / 1e9) for host in hosts}


def test_image_and_size_are_chosen_in_start(project: Project, platform: Platform) -> None:
    cli = Cli(project.directory)
    deployed = cli.run("deploy", "--json").check().json
    (application,) = deployed["applications"]
    assert sorted(application["images"]) == ["one", "the other"]
    assert deployed["not_ready"] == []
    url = deployed["url"]

    def ask(path: str) -> Any:
        return request(f"{url}{quote(path, safe='/?=&%')}", timeout_seconds=30).json

    small = ask("/a?image=one")
    assert small["images"] == ["one", "the other"]
    assert small["out"].startswith("one\n")
    assert "MINE=yes" in small["out"]
    assert "pywrangler.instance-size" not in small["out"]
    assert small["image"].rpartition("@")[2] in application["images"]["one"]
    # The class is what it is without the platform's code around it.
    assert (small["own"], small["secret"]) == ("Box", "kept")
    assert limits(platform) == {(256, 0.0625)}
    # Nothing tells the platform this object's name, `/a`.
    for words in (("exec", f"{application['name']}//a"), ("ssh", "/a")):
        assert cli.run("containers", *words, "--", "cat", "/which").check().stdout == "one\n"
    assert cli.run("containers", "logs", application["name"], "--instance", "/a").check().stdout == ""

    large = ask("/b?image=the%20other&size=basic")
    assert large["out"].startswith("two 2\n")
    custom = ask("/c?image=one&size=" + '{"vcpu":1,"memoryMib":3072,"diskMb":5000}')
    assert custom["running"]
    assert limits(platform) == {(256, 0.0625), (1024, 0.25), (3072, 1)}

    assert "must pass one to start()" in ask("/d")["told"][0]
    assert (
        "vcpu is 8, and the maximum is 4"
        in ask("/e?image=one&size=" + '{"vcpu":8,"memoryMib":3072,"diskMb":5000}')["told"][0]
    )
    assert "TypeError" in ask("/f?image=one&size=huge")["told"][0]

    # Nothing changed: nothing is uploaded. Another image is another version, and running instances stay.
    assert cli.run("deploy", "--json").check().json["changed"] is False
    project.replace("One", "echo one", "echo new")
    assert cli.run("deploy", "--json").check().json["version"] != deployed["version"]
    assert ask("/g?image=one")["out"].startswith("new\n")
    cli.run("rollback", "--yes").check()
    assert ask("/h?image=one")["out"].startswith("one\n")


def test_a_version_brings_its_application(project: Project, platform: Platform) -> None:
    entry = json.loads((project.directory / "wrangler.jsonc").read_text())["containers"]
    project.configure(containers=[])
    cli = Cli(project.directory)
    url = cli.run("deploy", "--json").check().json["url"]
    project.configure(containers=entry)
    version = cli.run("versions", "upload", "--json").check().json["version_id"]
    (application,) = cli.run("containers", "list", "--json").check().json
    assert request(f"{url}/a?image=one").json["running"] is False
    cli.run("containers", "delete", application["id"], "--yes").check()
    cli.run("versions", "deploy", f"{version}@100%", "--yes").check()
    assert request(f"{url}/a?image=one", timeout_seconds=30).json["out"].startswith("one\n")


def test_the_policy_stays_what_it_was(project: Project, platform: Platform) -> None:
    cli = Cli(project.directory)
    cli.run("deploy").check()
    configuration = json.loads((project.directory / "wrangler.jsonc").read_text())
    project.configure(containers=[{"class_name": "Box", "image": "./One"}])
    refused = cli.run("deploy")
    assert refused.status == 1
    assert "cannot change to or from `durable_object`" in refused.stderr
    identifier = cli.run("containers", "list", "--json").check().json[0]["id"]
    cli.run("containers", "delete", identifier, "--yes").check()
    cli.run("deploy", "--no-wait").check()
    project.configure(containers=configuration["containers"])
    assert "cannot change to or from `durable_object`" in cli.run("deploy").stderr
