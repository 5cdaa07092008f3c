"""A project that declares its classes by `exports` instead of migrations, and names the container there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import make_project

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def test_a_project_without_migrations_is_deployed_and_its_class_renamed(
    platform: Platform, tmp_path: Path
) -> None:
    live = {"type": "durable-object", "storage": "sqlite", "container": "box"}
    project = make_project(
        tmp_path / "project",
        config={
            "migrations": [],
            "exports": {"Box": live},
            "containers": [{"name": "box", "image": "./Dockerfile", "max_instances": 2}],
        },
    )
    cli = Cli(project.directory)
    try:
        url = cli.run("deploy", "--json").check().json["url"]
        assert request(url).text == "box 1\n"
        project.replace("src/index.js", "class Box", "class Crate")
        project.replace("wrangler.jsonc", '"class_name": "Box"', '"class_name": "Crate"')
        project.replace(
            "wrangler.jsonc",
            '"exports": {',
            '"exports": {"Crate": {"type": "durable-object", "storage": "sqlite", "container": "box"},',
        )
        project.replace(
            "wrangler.jsonc",
            '"storage": "sqlite",\n      "container": "box"',
            '"state": "renamed", "renamed_to": "Crate"',
        )
        before = platform.call("workers/durable_objects/namespaces")
        assert request(cli.run("deploy", "--json").check().json["url"]).text == "box 1\n"
        after = platform.call("workers/durable_objects/namespaces")
    finally:
        remove_images(f"pywrangler.local/{project.name}*")
        remove_images("pywrangler.local/box")
    assert [each["class"] for each in (*before, *after)] == ["Box", "Crate"]
    assert before[0]["id"] == after[0]["id"]
