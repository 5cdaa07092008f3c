"""The pytest plugin in somebody else's project: pytest in a process of its own, with a real deploy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.support.containers import docker
from tests.support.projects import EXAMPLES, Project, make_project

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

WORKER = """\
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = 8080; }
export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    console.log(`worker saw ${pathname}${search}`);
    if (pathname === "/secret") return new Response(env.TOKEN ?? "none");
    if (pathname === "/file") return new Response((await env.FILES.get("a"))?.body ?? "none");
    if (pathname === "/kv") return new Response((await env.STORE.get(search.slice(1))) ?? "none");
    return getContainer(env.BOX, "zebra").fetch(new Request("http://box/"));
  },
  async scheduled(event, env) {
    if (event.cron === "1 1 1 1 *") throw new Error("not today");
    await env.STORE.put("cron", event.cron);
  },
};
"""
FIELDS = {
    "kv_namespaces": [{"binding": "STORE"}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
    "triggers": {"crons": ["*/5 * * * *"]},
}
TESTS = """\
import pytest


def test_the_container(pywrangler_project):
    assert pywrangler_project.url.startswith("http://localhost:")
    assert pywrangler_project.fetch("/").text == "box 1\\n"
    assert "zebra" in {instance.name for instance in pywrangler_project.instances()}


def test_stores(pywrangler_project):
    store, files = pywrangler_project.kv["STORE"], pywrangler_project.r2["FILES"]
    store.put("mine", "of the test")
    assert pywrangler_project.fetch("/kv?mine").text == "of the test"
    assert (store.get("mine"), store.get("absent"), store.keys("m")) == ("of the test", None, ["mine"])
    store.delete("mine")
    assert store.get("mine") is None
    files.put("a", "content")
    assert pywrangler_project.fetch("/file").text == "content"
    assert (files.get("a"), files.get("b")) == (b"content", None)
    files.delete("a")
    assert files.get("a") is None


def test_secrets(pywrangler_project):
    pywrangler_project.secrets.put("TOKEN", "planted")
    assert pywrangler_project.fetch("/secret").text == "planted"
    pywrangler_project.secrets.update({"TOKEN": "another", "MORE": "x"})
    assert pywrangler_project.secrets.names() == ["MORE", "TOKEN"]
    pywrangler_project.secrets.delete("TOKEN")
    assert pywrangler_project.fetch("/secret").text == "none"


def test_cron(pywrangler_project):
    pywrangler_project.trigger_cron("*/5 * * * *")
    assert pywrangler_project.kv["STORE"].get("cron") == "*/5 * * * *"
    with pytest.raises(AssertionError, match="ended with exception"):
        pywrangler_project.trigger_cron("1 1 1 1 *")


def test_other_commands(pywrangler_deploy, pywrangler_project):
    assert pywrangler_project.name in pywrangler_deploy.run("containers", "list")


def test_that_fails(pywrangler_project):
    pywrangler_project.fetch("/?in-the-report")
    pywrangler_project.wait_until(lambda: "in-the-report" in pywrangler_project.logs())
    assert False, "on purpose"
"""


@pytest.fixture
def project(tmp_path: Path, toolchain: Toolchain) -> Project:
    """A project with tests."""
    project = make_project(tmp_path / "project", worker=WORKER, config=FIELDS)
    project.write("test_it.py", TESTS)
    return project


def run_pytest(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """pytest, as a user starts it."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rs",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:rerunfailures",
            *arguments,
        ],
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_session_has_a_platform_of_its_own_and_leaves_nothing(project: Project) -> None:
    done = run_pytest(directory=project.directory)
    assert "1 failed, 5 passed" in done.stdout, done.stdout + done.stderr
    # The logs of the failed test, and of no other one, are in its report.
    section = done.stdout.partition(f"logs of {project.name} and its containers")[2]
    assert "worker saw /?in-the-report" in section
    assert "/kv?mine" not in section
    assert "planted" not in done.stdout
    assert docker("image", "ls", "--quiet", f"pywrangler.local/{project.application}") == ""
    assert docker("ps", "--all", "--quiet", "--filter", f"name={project.name}") == ""


def test_without_an_engine_tests_are_skipped_with_the_reason(project: Project) -> None:
    done = run_pytest(directory=project.directory, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 skipped" in done.stdout
    assert "no container engine: " in done.stdout


def test_a_deploy_that_fails_fails_the_tests_with_its_reason(project: Project) -> None:
    project.write("src/index.js", "export default {")
    done = run_pytest("-k", "stores", directory=project.directory)
    assert "1 error" in done.stdout
    assert "The deploy failed: " in done.stdout
    assert "Traceback" not in done.stdout


def test_the_plugin_imports_nothing_before_it_is_used() -> None:
    code = (
        "import sys, pywrangler_containers.pytest_plugin;"
        " print([name for name in sys.modules if name.split('.')[0] in ('pywrangler', 'aiohttp', 'typer')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.slow
def test_the_tests_of_the_examples_pass(node_modules: Path, toolchain: Toolchain) -> None:
    options = ("-c", os.devnull, "--rootdir", str(EXAMPLES), "-n", "2", str(EXAMPLES))
    done = run_pytest(*options, directory=EXAMPLES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len([*EXAMPLES.glob('*/test_*.py')])} passed" in done.stdout
