"""What containers and Workers wrote can be read, while they run and afterwards."""

from __future__ import annotations

import json

import pytest

from tests.local.operations.conftest import SERVES, MakeSite, Site
from tests.support.containers import docker
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

SPEAKS = f"""\
trap 'echo bye; exit 0' TERM
echo "hello from $CLOUDFLARE_DURABLE_OBJECT_ID"; echo trouble >&2
{SERVES}
"""


def texts(site: Site, *options: str) -> list[str]:
    """The lines that the command shows."""
    shown = site.cli.run("containers", "logs", site.project.application, "--json", *options).check()
    return [json.loads(line)["text"] for line in shown.stdout.splitlines()]


def test_output_is_kept_by_instance_and_outlives_its_container(make_site: MakeSite) -> None:
    site = make_site(SPEAKS)
    site.deploy("--no-wait")
    for name in ("ada", "grace"):
        site.ask(name)
    eventually(lambda: len(texts(site)) == 4, what="four lines")
    named = site.cli.run("containers", "logs", site.project.application, "--instance", "ada", "--json")
    lines = [json.loads(line) for line in named.check().stdout.splitlines()]
    assert {line["stream"] for line in lines} == {"stdout", "stderr"}
    assert {line["durable_object_name"] for line in lines} == {"ada"}

    (first,) = [i for i in site.platform.instances(site.project.application) if i["name"] == "ada"]
    (container,) = [
        each
        for each in site.platform.containers()
        if each["Config"]["Labels"]["pywrangler.instance"] == first["id"]
    ]
    docker("stop", "--time", "5", container["Id"])
    eventually(lambda: container["Id"] not in site.running(), what="the end of the container")
    assert texts(site, "--instance", first["id"])[-1] == "bye"
    assert "bye" in site.cli.run("containers", "logs", site.project.application).check().stdout
    assert texts(site, "--tail", "1") == ["bye"]
    assert texts(site, "--since", "1h", "--instance", "grace") == texts(site, "--instance", "grace")
    unknown = site.cli.run("containers", "logs", site.project.application, "--instance", "nobody")
    assert unknown.status == 1
    assert "no instance `nobody`" in unknown.stderr


def test_output_continues_after_the_platform_was_killed_without_gap_or_repetition(
    make_site: MakeSite,
) -> None:
    counts = f"trap 'exit 0' TERM; (i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done) & {SERVES}"
    site = make_site(counts)
    site.deploy("--no-wait")
    site.ask("a")
    eventually(lambda: len(texts(site)) > 5, what="some lines")
    (container,) = site.running()
    site.platform.kill()
    written = docker("logs", container).count("\n")
    eventually(lambda: docker("logs", container).count("\n") > written + 5, what="lines meanwhile")
    site.cli.run("local", "start").check()
    last = len(texts(site))
    eventually(lambda: len(texts(site, "--since", "1h")) > last + 20, what="more lines")
    found = texts(site, "--since", "1h")
    assert found == [f"line {number}" for number in range(1, len(found) + 1)]


def test_last_words_during_an_absence_of_the_platform_are_read_afterwards(make_site: MakeSite) -> None:
    site = make_site(SPEAKS)
    site.deploy("--no-wait")
    site.ask("a")
    (container,) = site.running()
    site.platform.kill()
    docker("stop", "--time", "5", container)
    site.cli.run("local", "start").check()
    assert texts(site)[-1] == "bye"


def test_a_flood_of_output_keeps_its_end_and_stops_nothing(make_site: MakeSite) -> None:
    flood = f"trap 'exit 0' TERM; seq 1 400000; echo the end; {SERVES}"
    site = make_site(flood)
    site.deploy("--no-wait")
    assert site.ask("a").text == "box 1\n"
    eventually(lambda: texts(site, "--tail", "1") == ["the end"], what="the end of the flood")
    kept = sum(f.stat().st_size for f in (site.platform.home / "container-logs").rglob("*") if f.is_file())
    assert kept < 2_000_000


def test_following_shows_new_instances_and_new_console_lines(make_site: MakeSite) -> None:
    worker = """\
import { Container, getContainer } from "@cloudflare/containers";
export class Box extends Container { defaultPort = 8080; }
export default { async fetch(request, env) {
  const name = new URL(request.url).searchParams.get("name");
  console.log("asked for", name);
  if (name === "broken") throw new TypeError("no such name");
  return getContainer(env.BOX, name).fetch(request);
} };
"""
    site = make_site(SPEAKS, worker=worker)
    site.deploy("--no-wait")
    containers = site.cli.start("containers", "logs", site.project.application, "-f", "--json")
    # All that it needs of the configuration is the name.
    site.project.replace("wrangler.jsonc", '"./Dockerfile"', '"./gone"')
    tail = site.cli.start("tail", "--format", "json")
    eventually(lambda: "Following" in tail.said(), what="the command to begin")
    site.ask("late")
    site.ask("broken")
    eventually(lambda: len(texts(site)) == 2, what="the container's lines")
    eventually(lambda: len(containers.shown().splitlines()) >= 2, what="the followed lines")
    eventually(lambda: '"exception"' in tail.shown(), what="the followed events")
    for running in (containers, tail):
        running.interrupt()
    lines = [json.loads(line) for line in containers.wait().stdout.splitlines()]
    assert {line["durable_object_name"] for line in lines} == {"late"}
    assert len(lines) == 2
    events = [json.loads(line) for line in tail.wait().stdout.splitlines()]
    logged = [log["message"] for event in events for log in event["logs"]]
    assert ["asked for", "late"] in logged
    (failed,) = [event for event in events if event["outcome"] == "exception"]
    assert failed["exceptions"][0]["name"] == "TypeError"
    assert failed["exceptions"][0]["message"] == "no such name"
    assert failed["event"]["request"]["url"].endswith("?name=broken")
    assert "src/index" in failed["exceptions"][0]["stack"], "the source's place, not the bundle's"
