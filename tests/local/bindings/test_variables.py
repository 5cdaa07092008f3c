"""Variables: `vars`, secrets and `.dev.vars`, in the Worker and handed on to its container."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.local.daemon.uploads import Account
from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import Project, make_project

ECHO = """
import { env } from "cloudflare:workers";
export default { fetch: () => Response.json(env) };
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A Worker without containers that answers with its variables."""
    config = {
        "containers": [],
        "durable_objects": {"bindings": []},
        "migrations": [],
        "vars": {"PLAIN": "plain", "N": [1]},
    }
    return make_project(tmp_path, worker=ECHO, config=config)


def variables(account: Account, project: Project, *options: str) -> dict[str, object]:
    """Deploy, and what the Worker then has."""
    deployed = run(["deploy", *options], directory=project.directory)
    assert deployed.status == 0, deployed.stderr
    found: dict[str, object] = request(account.platform.worker_url(project.name)).json
    return found


@pytest.mark.workerd
def test_a_worker_knows_its_version(account: Account, project: Project) -> None:
    project.configure(version_metadata={"binding": "VERSION"})
    deployed = run(["deploy", "--tag", "v7", "--json"], directory=project.directory)
    assert deployed.status == 0, deployed.stderr
    assert "version_metadata" not in deployed.stderr
    told = request(account.platform.worker_url(project.name)).json["VERSION"]
    assert (told["id"], told["tag"]) == (json.loads(deployed.stdout)["version"], "v7")
    assert abs(datetime.fromisoformat(told["timestamp"]).timestamp() - time.time()) < 60
    project.configure(vars={"OTHER": 1})
    assert run(["deploy"], directory=project.directory).status == 0
    assert request(account.platform.worker_url(project.name)).json["VERSION"]["tag"] == ""


@pytest.mark.workerd
def test_the_files_of_local_development_are_read_as_wrangler_reads_them(
    account: Account, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"PLAIN": "plain", "N": [1]}
    assert variables(account, project) == plain
    project.write(".env", "FROM=env\n")
    assert variables(account, project) == {**plain, "FROM": "env"}
    monkeypatch.setenv("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "false")
    assert variables(account, project) == plain
    project.write(".dev.vars", 'PLAIN="of the file"\nTOKEN=t0k # a comment\n')
    of_file = {"PLAIN": "of the file", "N": [1], "TOKEN": "t0k"}
    assert variables(account, project) == of_file
    assert variables(account, project, "--var", "PLAIN:of the command") == {
        **of_file,
        "PLAIN": "of the command",
    }
    put = run("secret put KEPT", directory=project.directory, stdin="secret")
    assert put.status == 0, put.stderr
    project.write(".dev.vars", "TOKEN=other\n")
    assert variables(account, project) == {**plain, "TOKEN": "other", "KEPT": "secret"}
    (project.directory / ".dev.vars").unlink()
    assert variables(account, project) == {**plain, "KEPT": "secret"}, "what is in no file any more is gone"


@pytest.mark.workerd
def test_a_required_secret_is_missed(account: Account, project: Project) -> None:
    project.replace("wrangler.jsonc", '"vars":', '"secrets": { "required": ["TOKEN"] },\n  "vars":')
    refused = run("deploy", directory=project.directory)
    assert "needs secrets that it does not have yet: TOKEN" in refused.stderr
    assert ".dev.vars" in refused.stderr
    project.write(".dev.vars", "TOKEN=t0k\n")
    assert variables(account, project)["TOKEN"] == "t0k"
    project.replace("wrangler.jsonc", '["TOKEN"]', '["TOKEN", "OTHER"]')
    assert "pywrangler secret put OTHER" in run("deploy", directory=project.directory).stderr


@pytest.mark.workerd
def test_a_deploy_with_unchanged_files_changes_nothing(account: Account, project: Project) -> None:
    project.write(".dev.vars", "TOKEN=t0k\n")
    project.replace("wrangler.jsonc", '"vars":', '"secrets": { "required": ["TOKEN"] },\n  "vars":')
    assert variables(account, project)["TOKEN"] == "t0k"
    again = run("deploy --dry-run --json", directory=project.directory)
    assert again.json["changes"] is False, again.stdout
    assert "t0k" not in again.stdout + again.stderr


WITH_CONTAINER = """
import { env } from "cloudflare:workers";
import { Container } from "@cloudflare/containers";
export class Box extends Container {
  defaultPort = 8080;
  envVars = { PLAIN: env.PLAIN, TOKEN: env.TOKEN, LOCAL: env.LOCAL, CLOUDFLARE_REGION: "mine" };
}
export default { async fetch(request, { BOX }) {
  const name = new URL(request.url).pathname.slice(1);
  const stub = BOX.getByName(name);
  const startOptions = { envVars: { ONLY: "this one" } };
  if (name === "special") await stub.startAndWaitForPorts({ startOptions });
  return stub.fetch(request);
} };
"""
TELL = """\
FROM busybox:1.35
CMD ["sh", "-c", "mkdir /www; cd /www; env | tee a b > special; exec httpd -f -p 8080"]
"""


@pytest.mark.workerd
@pytest.mark.docker
def test_variables_reach_the_container(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYWRANGLER_LOCATION", "fra07")
    monkeypatch.setenv("PYWRANGLER_COUNTRY", "de")
    project = make_project(
        tmp_path,
        worker=WITH_CONTAINER,
        dockerfile=TELL,
        config={"vars": {"PLAIN": "plain"}},
        container={"max_instances": 5},
    )
    project.write(".dev.vars", "TOKEN=t0k\nLOCAL=here\n")
    deployed = run("deploy --json", directory=project.directory)
    assert deployed.status == 0, deployed.stderr
    (application,) = deployed.json["applications"]

    def told(name: str) -> dict[str, str]:
        lines = request(f"{deployed.json['url']}/{name}").text.splitlines()
        return dict(line.split("=", 1) for line in lines)

    a, b, special = told("a"), told("b"), told("special")
    assert (a["PLAIN"], a["TOKEN"], a["LOCAL"]) == ("plain", "t0k", "here")
    assert (special["ONLY"], "TOKEN" in special) == ("this one", False)
    for found in (a, b, special):
        assert found["CLOUDFLARE_APPLICATION_ID"] == application["id"]
        assert (found["CLOUDFLARE_LOCATION"], found["CLOUDFLARE_COUNTRY_A2"]) == ("fra07", "DE")
        assert found["CLOUDFLARE_REGION"] == "REGN", "not what the Worker says"
    for name in ("CLOUDFLARE_DEPLOYMENT_ID", "CLOUDFLARE_DURABLE_OBJECT_ID"):
        assert len({found[name] for found in (a, b, special)}) == 3
    listed = platform.instances(project.application)
    assert {(entry["location"], entry["region"]) for entry in listed} == {("fra07", "REGN")}
    instances = {entry["id"] for entry in listed}
    assert {found["CLOUDFLARE_DEPLOYMENT_ID"] for found in (a, b, special)} <= instances
    assert json.dumps(a).count("t0k") == 1
