"""Which KV namespaces a deploy makes, by value."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from pywrangler.config.records import KVNamespace
from pywrangler.deploy.plan import plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.kv_namespaces import ChosenNamespace, chosen_namespaces_to_make, explain_unknown
from pywrangler.errors import ApiError
from pywrangler.local.rest.kv.namespaces import free_titles
from tests.unit.deploy.samples import a_bundle, a_configuration

ID = "00112233445566778899aabbccddeeff"


def bound(*namespaces: KVNamespace, name: str = "shop") -> Any:
    return a_configuration(
        containers=(), durable_objects=(), migrations=(), name=name, kv_namespaces=namespaces
    )


@pytest.mark.parametrize(
    ("namespaces", "present", "made"),
    [
        pytest.param([KVNamespace("CACHE", ID)], {}, [(ID, "shop-cache", ["CACHE"])], id="unknown"),
        pytest.param([KVNamespace("CACHE", ID)], {"any title": ID}, [], id="known"),
        pytest.param(
            [KVNamespace("A", ID), KVNamespace("B", ID)], {}, [(ID, "shop-a", ["A", "B"])], id="bound twice"
        ),
        pytest.param(
            [KVNamespace("MY_CACHE", "cache")],
            {"cache": ID},
            [("cache", "shop-my-cache", ["MY_CACHE"])],
            id="the title of another namespace",
        ),
        pytest.param([KVNamespace("A", "a/b ü%2F")], {}, [("a/b ü%2F", "shop-a", ["A"])], id="no hex digits"),
        pytest.param([KVNamespace("A", "<YOUR_ID>")], {}, [("<YOUR_ID>", "shop-a", ["A"])], id="placeholder"),
        pytest.param([KVNamespace("A", None)], {}, [], id="no id"),
        pytest.param([KVNamespace("A", None, "p")], {}, [], id="an id for previews only"),
        pytest.param([KVNamespace("A", ID, "p")], {}, [(ID, "shop-a", ["A"])], id="not the one for previews"),
        pytest.param(
            [KVNamespace("A", "1"), KVNamespace("B", "2"), KVNamespace("C", "3")],
            {"x": "2"},
            [("1", "shop-a", ["A"]), ("3", "shop-c", ["C"])],
            id="some",
        ),
    ],
)
def test_the_local_platform_makes_namespaces_of_unknown_ids(
    namespaces: list[KVNamespace], present: dict[str, str], made: list[tuple[str, str, list[str]]]
) -> None:
    configuration = bound(*namespaces)
    found = chosen_namespaces_to_make(configuration, Observed(None, kv_namespaces=present, is_local=True))
    assert [(each.id, each.title, [*each.bindings]) for each in found] == made
    assert chosen_namespaces_to_make(configuration, Observed(None, kv_namespaces=present)) == ()


def plan(configuration: Any, observed: Observed) -> Any:
    return plan_deploy(configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str)


def test_a_plan_shows_each_once_and_has_work_while_one_is_missing() -> None:
    configuration = bound(KVNamespace("A", ID), KVNamespace("B", ID))
    first = plan(configuration, Observed(None, is_local=True))
    assert first.lines() == [
        "+ create Worker shop",
        f"+ create KV namespace {ID} (A, B), empty, on this platform",
    ]
    assert [binding["namespace_id"] for binding in first.upload["bindings"]] == [ID, ID]

    deployed = DeployedWorker(version_id="v", content_tag=first.upload["annotations"]["workers/tag"])
    deleted = plan(configuration, Observed(deployed, is_local=True))
    assert (deleted.upload, deleted.is_unchanged, deleted.has_work) == (None, False, True)
    assert plan(configuration, Observed(deployed, kv_namespaces={"x": ID}, is_local=True)).upload is None


def test_a_namespace_without_an_id_changes_nothing_when_it_is_bound() -> None:
    configuration = bound(KVNamespace("A", None))
    first = plan(configuration, Observed(None))
    tag = first.upload["annotations"]["workers/tag"]
    again = plan(
        configuration, Observed(DeployedWorker(version_id="v", content_tag=tag, kv_bindings={"A": ID}))
    )
    assert again.upload is None
    lost = plan(configuration, Observed(DeployedWorker(version_id="v", content_tag=tag)))
    assert lost.new_namespaces == {"A": "shop-a"}


@pytest.mark.parametrize("code", [10041, 10042])
def test_an_unknown_id_is_explained_where_ids_are_the_clouds(code: int) -> None:
    error = ApiError(f"Cloudflare refused the request: KV namespace '{ID}' not found.", api_code=code)
    bindings = [
        {"name": "V", "type": "plain_text", "text": ID},
        {"name": "NEW", "type": "kv_namespace", "namespace_id": None},
        {"name": "OTHER", "type": "kv_namespace", "namespace_id": "f" * 32},
        {"name": "CACHE", "type": "kv_namespace", "namespace_id": ID},
    ]
    explain_unknown(error, bindings)
    assert error.message == (
        f"The binding `CACHE` needs the KV namespace `{ID}`, which does not exist in this account."
    )
    assert "pywrangler kv namespace create" in (error.hint or "")
    other = ApiError("x", api_code=10021)
    explain_unknown(other, bindings)
    assert (other.message, other.hint) == ("x", None)


def test_a_title_that_is_taken_gives_way_to_the_id() -> None:
    assert [*islice(free_titles("id", "wanted"), 4)] == ["wanted", "id", "id-2", "id-3"]
    assert ChosenNamespace("id", "t", ("A",)).describe().startswith("+ create KV namespace id (A)")
