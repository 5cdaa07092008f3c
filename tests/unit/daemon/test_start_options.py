"""What a start passes is compared between versions; running instances that keep what they have are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pywrangler.local.daemon.rollouts.start_options import Outdated, is_usual_start, plan_outdated
from pywrangler.local.gateway.docker_api.create_body import (
    OWN_VARIABLES,
    Placement,
    cloudflare_variables,
    comparable_entrypoint,
    comparable_variables,
)
from pywrangler.local.instances.limits import EngineAbilities
from pywrangler.local.instances.records import Instance
from tests.local.daemon.instances import RUNNING
from tests.local.gateway.world import make_application

OLD = replace(RUNNING, variables="v1", entrypoint="e1", egress="internet")
OTHER = replace(OLD, id="other")
OWN_VALUES = replace(OLD, id="own-values", variables="v9")
UNKNOWN = replace(OLD, id="unknown", variables=None, entrypoint=None)
PROOF = replace(OLD, id="p", is_canary=True)


@pytest.mark.parametrize(
    ("usual", "asked", "running", "ids", "fields"),
    [
        (OLD, OLD, [OLD, OTHER], [], set()),
        (OLD, replace(OLD, variables="v2"), [OLD, OTHER], ["i", "other"], {"variables"}),
        (OLD, replace(OLD, entrypoint="e2"), [OLD], ["i"], {"entrypoint"}),
        (OLD, replace(OLD, variables="v2", entrypoint="e2"), [OLD], ["i"], {"variables", "entrypoint"}),
        (OLD, replace(OLD, variables="v2"), [replace(OLD, variables="v2")], [], set()),
        (OLD, OLD, [OWN_VALUES], [], set()),
        (OLD, replace(OLD, variables="v2"), [OWN_VALUES, UNKNOWN, PROOF], ["own-values"], {"variables"}),
        (None, replace(OLD, variables="v2"), [OLD, UNKNOWN], ["i"], {"variables"}),
        (None, OLD, [OLD], [], set()),
        (OLD, UNKNOWN, [OLD], [], set()),
        (OLD, replace(OLD, variables="v2"), [], [], set()),
    ],
)
def test_what_was_started_otherwise_keeps_it(
    usual: Instance | None, asked: Instance, running: list[Instance], ids: list[str], fields: set[str]
) -> None:
    found = plan_outdated(running, usual, asked, Outdated())
    assert [each.id for each in found.instances] == ids
    assert found.fields == fields


def test_what_is_outdated_stays_so_until_a_start_would_be_the_same() -> None:
    new = replace(OLD, variables="v2")
    first = plan_outdated([OLD, OWN_VALUES], OLD, new, Outdated())
    assert plan_outdated([OLD, OTHER], new, new, first) == Outdated((OLD,), frozenset({"variables"}))
    assert plan_outdated([OLD, OTHER], new, OLD, first) == Outdated()
    unknown = Outdated((OLD,))
    assert plan_outdated([OLD], new, new, unknown) == Outdated()


@pytest.mark.parametrize(
    ("count", "fields", "words"),
    [
        (
            1,
            {"variables"},
            "1 running instance of `web` keeps the environment variables that it was started with, until it ",
        ),
        (
            2,
            {"variables", "entrypoint"},
            "2 running instances of `web` keep the environment variables and entrypoint that they were ",
        ),
        (
            1,
            {"entrypoint"},
            "1 running instance of `web` keeps the entrypoint that it was started with",
        ),
        (3, set(), "3 running instances of `web` keep what they were started with, until they start again."),
    ],
)
def test_they_are_named_in_a_sentence(count: int, fields: set[str], words: str) -> None:
    described = Outdated((OLD,) * count, frozenset(fields)).describe("web")
    assert described is not None
    assert described.startswith(words)
    assert Outdated((), frozenset(fields)).describe("web") is None


def test_an_object_without_a_known_name_is_named_by_the_beginning_of_its_id() -> None:
    nameless = replace(OLD, durable_object_name="", durable_object_id="0123456789abcdef" * 4)
    described = Outdated((nameless,), frozenset({"variables"})).describe("web")
    assert described is not None
    assert described.endswith("Restart it: `pywrangler containers restart web/0123456789ab`.")


def test_the_object_itself_makes_no_difference() -> None:
    ada, grace = "a" * 64, "b" * 64
    names = {ada: "cf-singleton-container", grace: "pywrangler-rollout-proof"}

    def request(durable_object_id: str, **more: str) -> dict[str, list[str]]:
        own = {
            "ID": f"box-{durable_object_id}",
            "NAME": names[durable_object_id],
            "CLOUDFLARE_LOCATION": durable_object_id,
            **more,
        }
        variables = [f"{name}={value}" for name, value in own.items()]
        return {"Env": variables, "Cmd": ["serve", names[durable_object_id]]}

    assert comparable_variables(request(ada), ada) == comparable_variables(request(grace), grace)
    assert comparable_entrypoint(request(ada), ada) == comparable_entrypoint(request(grace), grace)
    assert comparable_variables(request(ada, LEVEL="2"), ada) != comparable_variables(request(ada), ada)
    backwards = {"Env": request(ada)["Env"][::-1]}
    assert comparable_variables(backwards, ada) == comparable_variables(request(ada), ada)
    assert comparable_variables({}, ada) == comparable_entrypoint({"Cmd": None}, ada) == ""
    assert comparable_variables({"Env": ["A=1", "B=2"]}, ada) != comparable_variables(
        {"Env": ["A=1B=2"]}, ada
    )


def test_the_variables_of_cloudflare_are_not_compared() -> None:
    placement = Placement("p", make_application("Box", "image"), RUNNING, "bridge", EngineAbilities(cpus=2))
    assert cloudflare_variables(placement).keys() == OWN_VARIABLES


def test_what_the_class_passes_by_itself_can_be_started_again() -> None:
    own = replace(OLD, is_platform_start=True)
    assert is_usual_start(own, [])
    assert is_usual_start(replace(OLD, id="other"), [own])
    assert not is_usual_start(replace(OLD, variables="v9"), [own])
    assert not is_usual_start(OLD, [OLD]), "the Worker's code may have started all of them with options"
    unknown = replace(own, variables=None)
    assert not is_usual_start(replace(OLD, variables=None), [unknown])
