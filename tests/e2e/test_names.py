"""A name's requests reach its container and no other, also while a deploy replaces the Worker."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import DOCKERFILE, Project
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

NAMES = ("ada", "grace", "hedy")
WHO = r"RUN mkdir /www/cgi-bin && printf '#!/bin/sh\necho\necho $CLOUDFLARE_DEPLOYMENT_ID' > /www/cgi-bin/who"


def test_a_thousand_concurrent_requests_by_name_during_a_deploy(
    cli: Cli, project: Project, platform: Platform
) -> None:
    project.write("Dockerfile", DOCKERFILE.replace("CMD", f"{WHO} && chmod +x /www/cgi-bin/who\nCMD"))
    project.replace("wrangler.jsonc", '"max_instances": 2', '"max_instances": 4')
    url = cli.run("deploy", "--json").check().json["url"]
    answers: list[tuple[str, int, str]] = []

    def ask(name: str) -> None:
        answer = request(f"{url}/cgi-bin/who?name={name}")
        answers.append((name, answer.status, answer.text.strip()))

    with ThreadPoolExecutor(12) as clients:
        asked = [clients.submit(ask, name) for name in islice(cycle(NAMES), 1000)]
        eventually(lambda: len(answers) > 100, what="traffic")
        project.replace("src/index.js", "worker 1", "worker 2")
        cli.run("deploy").check()
        for future in asked:
            future.result()
    assert {status for _, status, _ in answers} == {200}
    found = {(name, instance) for name, _, instance in answers}
    assert len(found) == len({instance for _, instance in found}) == len(NAMES), found
    assert all(re.fullmatch(r"[0-9a-f-]{36}", instance) for _, instance in found)
    assert request(f"{url}/worker").text == "worker 2"
