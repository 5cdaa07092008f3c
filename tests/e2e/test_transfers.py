"""A container class that moves to another Worker: its application and its Durable Objects come along."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import make_project

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def test_a_container_class_moves_with_its_application(platform: Platform, tmp_path: Path) -> None:
    source = make_project(tmp_path / "source")
    migration = {
        "tag": "v1",
        "transferred_classes": [{"from": "Box", "from_script": source.name, "to": "Box"}],
    }
    target = make_project(tmp_path / "target", config={"migrations": [migration]})
    try:
        old = Cli(source.directory).run("deploy", "--json").check().json
        assert request(old["url"]).text == "box 1\n"

        refused = Cli(target.directory).run("deploy")
        assert refused.status == 1
        assert f'"name": "{source.application}"' in refused.stderr
        assert len(platform.containers(running_only=True)) == 1

        target.replace(
            "wrangler.jsonc", '"class_name": "Box",', f'"class_name": "Box", "name": "{source.application}",'
        )
        new = Cli(target.directory).run("deploy", "--json").check().json
        assert [each["id"] for each in new["applications"]] == [old["applications"][0]["id"]]
        assert [request(url).text for url in (new["url"], old["url"])] == ["box 1\n", "box 1\n"]
        (running,) = platform.instances(source.application)[-1:]
        assert running["id"] not in {each["id"] for each in old["instances"]}
        assert len(platform.containers(running_only=True)) == 1
    finally:
        remove_images(f"pywrangler.local/{source.name}*")
        remove_images(f"pywrangler.local/{target.name}*")
