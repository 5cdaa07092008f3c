"""The configuration of workerd, compared as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.failures import UnsupportedBindingError, WorkerdStartError
from pywrangler.local.workerd.kv import plan_kv
from pywrangler.local.workerd.products.d1 import plan_d1
from pywrangler.local.workerd.records import LOOPBACK_SOCKETS, ModuleFile, WorkerSpec
from tests.unit.workerd.samples import FULL, MEMBERSHIP, PLAIN

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("name", "spec", "ip_versions"), [("plain", PLAIN, (4,)), ("full", FULL, (4, 6))])
def test_the_configuration_is_what_it_was(name: str, spec: WorkerSpec, ip_versions: tuple[int, ...]) -> None:
    assert (
        plan_config(spec, [LOOPBACK_SOCKETS[each] for each in ip_versions]).text
        == (GOLDEN / f"{name}.capnp").read_text()
    )


def test_a_member_of_a_cluster_has_it_in_its_configuration() -> None:
    alone, member = (plan_config(replace(PLAIN, membership=each)).text for each in (None, MEMBERSHIP))
    assert "cluster" not in alone
    begin = member.index("  cluster = (")
    end = member.index("  ),\n", begin) + len("  ),\n")
    assert member[begin:end] == (GOLDEN / "cluster.capnp").read_text()
    assert member[:begin] + member[end:] == alone
    assert "hush" not in member
    divided = plan_config(replace(PLAIN, membership=replace(MEMBERSHIP, endpoint="", time_divisor=10))).text
    assert "unsafeTimeDivisor = 10" in divided
    assert "aws_endpoint" not in divided


@pytest.mark.parametrize("plan", [plan_kv, plan_d1])
def test_a_product_of_a_cluster_keeps_its_data_there(plan: Any) -> None:
    files = [Path(f"/h/{name}") for name in ("objects", "blobs", "control")]
    places = files if plan is plan_kv else files[1:]
    alone, member = plan(*places), plan(*places, MEMBERSHIP)
    assert "cluster" not in alone.text
    assert "places.js" not in alone.text
    assert 'bucket = "s3://shared/lab/workers/hello"' in member.text
    assert (alone.membership, member.membership) == (None, MEMBERSHIP)
    if plan is plan_kv:
        assert '(name = "blobs", bucket = (path = "kv"))' in member.text
        assert 'className = "Places"' in member.text
        assert "/h/blobs" not in member.text


def test_consumers_get_events_through_links() -> None:
    peers = {"logs": Path("/run/logs.peers"), "own": Path("/run/own.peers")}
    text = plan_config(replace(PLAIN, tail_consumers=("logs", "own"), peers=peers)).text
    assert text.count('entrypoint = "TailConsumer"') == 2
    assert '\\"socket\\":\\"/run/logs.peers\\"' in text
    assert text.count('name = "links",') == 3  # the service, and each consumer
    assert "tails" not in plan_config(PLAIN).text


def test_only_a_worker_that_is_followed_tells_of_what_it_handles() -> None:
    quiet, followed = (plan_config(replace(PLAIN, is_followed=each)).text for each in (False, True))
    for words in ('tails = ["control"]', 'text = "hello"', 'name = "PLATFORM"', 'name = "platform"'):
        assert (words in quiet, words in followed) == (False, True), words
    assert plan_config(replace(FULL, is_followed=True)).text.count('name = "platform",') == 1


def test_the_engine_of_workflows_has_only_the_flags_about_errors() -> None:
    flags = ("nodejs_compat", "workflows_preserve_non_retryable_error_message")
    text = plan_config(replace(PLAIN, workflows={"flow": "Flow"}, compatibility_flags=flags)).text
    engine = text.partition('bundled = "/workerd/workflows.js"')[2]
    assert 'compatibilityDate = "2024-10-22"' in engine
    assert 'compatibilityFlags = ["workflows_preserve_non_retryable_error_message"]' in engine


def test_the_engine_of_workflows_knows_their_limits() -> None:
    flows = {"flow": "Flow", "other": "Other"}
    text = plan_config(replace(PLAIN, workflows=flows, workflow_settings={"flow": {"steps": 5}})).text
    assert r'json = "{\"flow\": {\"steps\": 5}}"' in text
    assert "WORKFLOWS" not in plan_config(replace(PLAIN, workflows=flows)).text


def test_refused_calls_are_worked_around_for_code_that_mentions_them_or_has_containers() -> None:
    (contained, plain) = FULL.classes
    without = replace(FULL, classes=(plain,), bindings=())
    mentioned = replace(without, mentions_refused_calls=True)
    assert plan_config(mentioned).text.count('moduleName = "pywrangler:refused-calls"') == 1
    for_containers = plan_config(replace(without, classes=(contained,))).text
    assert for_containers.count('address = "unix:/run/w.gateway"') == 1
    assert "refused-calls" not in plan_config(without).text
    assert "refused-calls" not in plan_config(replace(mentioned, classes=(), bindings=())).text


def test_secrets_are_in_the_environment_and_not_in_the_text() -> None:
    config = plan_config(FULL)
    assert "secret_" not in config.text
    assert "top secret" not in config.text
    assert [value.reveal() for value in config.environment.values()] == ["top secret"]


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ({"type": "text_blob", "name": "Q"}, 'binding "Q" of the Worker "hello" is of type text_blob'),
        ({"type": "secret_text", "name": "S"}, 'The value of the secret "S"'),
        ({"type": "durable_object_namespace", "name": "D", "class_name": "C"}, "no migration created"),
    ],
)
def test_a_binding_that_cannot_be_given_is_refused_by_name(binding: Mapping[str, Any], words: str) -> None:
    with pytest.raises(UnsupportedBindingError) as caught:
        plan_config(replace(PLAIN, bindings=(binding,)))
    assert words in caught.value.message


def test_a_main_module_that_is_not_there_is_named() -> None:
    with pytest.raises(WorkerdStartError, match=r'main module "gone\.js"'):
        plan_config(replace(PLAIN, main_module="gone.js"))


def test_a_module_of_unknown_type_is_named() -> None:
    modules = (*PLAIN.modules, ModuleFile("x.bin", "image/png", Path("/m/1")))
    with pytest.raises(WorkerdStartError, match=r'module "x.bin".*image/png'):
        plan_config(replace(PLAIN, modules=modules))
