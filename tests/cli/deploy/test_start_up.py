"""What takes the time of a deploy that changes nothing: imports, and rounds of questions to the account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from benchmarks.peers.account import PeerAccount
from benchmarks.peers.projects import write_project
from tests.support.api import Call, Says, serve
from tests.support.cli import run

HEAVY = {"docker", "requests", "urllib3", "asyncio", "aiohttp", "boto3", "keyring", "tomlkit", "json5"}
SCRIPT = f"""
import sys
from pywrangler_containers.__main__ import main
status = main()
import pywrangler.engine.client
print(status, {HEAVY} & sys.modules.keys(), file=sys.stderr)
"""


FIRST_ROUND = 6
SECOND_ROUND = 4
PATIENCE_SECONDS = 30.0


def project_of_registry_image(directory: Path) -> Path:
    """A project with one container whose image no engine must build."""
    write_project(directory, 1)
    file = directory / "wrangler.json"
    content = json.loads(file.read_text())
    content["containers"][0]["image"] = "docker.io/library/busybox:1.35"
    file.write_text(json.dumps(content))
    return directory


def test_what_depends_on_no_answer_is_asked_at_the_same_time(tmp_path: Path) -> None:
    project, account = project_of_registry_image(tmp_path / "project"), PeerAccount()
    rounds: list[threading.Barrier] = []

    def answer(call: Call) -> Says:
        if rounds:  # each answer waits until all questions of its round have come
            meeting = rounds[0 if asked.acquire(blocking=False) else 1]
            meeting.wait(PATIENCE_SECONDS)
        return account.answer(call)

    asked = threading.Semaphore(FIRST_ROUND)
    with serve(answer) as api:
        assert run("deploy", environment=api.environment, directory=project).status == 0
        rounds += [threading.Barrier(FIRST_ROUND), threading.Barrier(SECOND_ROUND)]
        outcome = run("deploy", environment=api.environment, directory=project)
    assert outcome.status == 0, outcome.stderr
    assert "Nothing changed" in outcome.stderr


def test_a_deploy_that_changes_nothing_imports_only_what_it_needs(tmp_path: Path) -> None:
    project, account = project_of_registry_image(tmp_path / "project"), PeerAccount()
    with serve(account.answer) as api:
        first = run("deploy", environment=api.environment, directory=project)
        assert first.status == 0, first.stderr
        before = len(api.calls)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "deploy"],
            env={**os.environ, **api.environment},
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr.splitlines()[-1] == "0 set()", done.stderr
        changes = [(call.method, call.path) for call in api.calls[before:] if call.method != "GET"]
        assert changes == []
