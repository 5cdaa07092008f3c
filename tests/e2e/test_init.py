"""From nothing to a container that answers: `pywrangler init`, `npm install`, `pywrangler deploy`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def test_a_new_project_deploys_at_once(tmp_path: Path, platform: Platform) -> None:
    name = f"t-{os.urandom(3).hex()}"
    Cli(tmp_path).run("init", name, "--install").check()
    cli = Cli(tmp_path / name)
    try:
        deployed = cli.run("deploy", "--json").check().json
        answer = request(f"{deployed['url']}/any/path")
        assert answer.text == "Hello from a container in loc01!\nYou asked for /any/path\n"
        again = cli.run("deploy", "--json").check().json
        assert (again["version"], again["changed"]) == (deployed["version"], False)
        cli.run("delete", "--force").check()
    finally:
        remove_images(f"pywrangler.local/{name}-*")
