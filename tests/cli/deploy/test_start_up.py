"""What a deploy that changes nothing must not import, because that takes longer than the deploy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.account import PeerAccount
from benchmarks.peers.projects import write_project
from tests.support.api import serve
from tests.support.cli import run

HEAVY = {"docker", "requests", "urllib3", "asyncio", "aiohttp", "boto3", "keyring", "tomlkit", "json5"}
SCRIPT = f"""
import sys
from pywrangler_containers.__main__ import main
status = main()
import pywrangler.engine.client
print(status, {HEAVY} & sys.modules.keys(), file=sys.stderr)
"""


def test_a_deploy_that_changes_nothing_imports_only_what_it_needs(tmp_path: Path) -> None:
    write_project(tmp_path / "project", 1)
    file = tmp_path / "project" / "wrangler.json"
    content = json.loads(file.read_text())
    content["containers"][0]["image"] = "docker.io/library/busybox:1.35"
    file.write_text(json.dumps(content))
    account = PeerAccount()
    with serve(account.answer) as api:
        first = run("deploy", environment=api.environment, directory=file.parent)
        assert first.status == 0, first.stderr
        before = len(api.calls)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "deploy"],
            env={**os.environ, **api.environment},
            cwd=file.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr.splitlines()[-1] == "0 set()", done.stderr
        changes = [(call.method, call.path) for call in api.calls[before:] if call.method != "GET"]
        assert changes == []
