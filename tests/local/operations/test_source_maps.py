"""Stack traces name the files that people wrote, not the bundle made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

DEEP = """\
interface Anything { nothing?: string }

export function deep(_value: Anything): never {
  throw new Error("deep");
}
"""
WORKER = """\
import { deep } from "./lib/deep";

export default {
  fetch(): Response {
    try { deep({}); } catch (error) { console.error((error as Error).stack); }
    return new Response("caught");
  },
};
"""


def test_a_stack_trace_names_the_sources(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "src/lib").mkdir(parents=True)
    (tmp_path / "src/lib/deep.ts").write_text(DEEP)
    (tmp_path / "src/index.ts").write_text(WORKER)
    configuration = {"name": "traced", "main": "src/index.ts", "compatibility_date": "2026-11-01"}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    cli = Cli(tmp_path)
    url = cli.run("deploy", "--json").check().json["url"]
    assert request(url).text == "caught"
    logs = eventually(lambda: cli.run("local", "logs", "traced").check().stdout)
    assert "at deep (src/lib/deep.ts:4:9)" in logs
    assert "(src/index.ts:5:11)" in logs

    (tmp_path / "src/index.ts").write_text(WORKER + 'deep({ nothing: "at start" });\n')
    failed = cli.run("deploy")
    assert failed.status == 1
    assert "src/lib/deep.ts:4:9" in failed.stderr
