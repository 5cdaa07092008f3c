"""`dispatch-namespace` and `mtls-certificate`: what they send to Cloudflare, and what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

NAMESPACE = {
    "namespace_id": "7",
    "namespace_name": "customers",
    "script_count": 2,
    "created_on": "2026-11-29T12:00:00Z",
    "modified_on": "2026-11-29T12:00:00Z",
}
CERTIFICATE = {"id": "1", "name": "shop", "issuer": "CN=test", "expires_on": "2027-01-02T00:00:00Z"}


def answered(words: str, *answers: Says) -> tuple[Outcome, list[Call]]:
    """The command, to an API that gives these answers in turn."""
    left = [*answers]
    with serve(lambda _: left.pop(0)) as api:
        return run(words, environment=api.environment), api.calls


def body_of(api: Api | list[Call]) -> Any:
    calls = api if isinstance(api, list) else api.calls
    return json.loads(calls[-1].body) if calls[-1].body else None


@pytest.mark.parametrize(
    ("words", "method", "path", "body", "said"),
    [
        ("create customers", "POST", "", {"name": "customers"}, "with the id 7"),
        ("rename customers shops", "PUT", "/customers", {"name": "shops"}, "customers to shops"),
        ("delete customers", "DELETE", "/customers", None, "Deleted the dispatch namespace customers"),
    ],
)
def test_a_namespace_is_changed(words: str, method: str, path: str, body: Any, said: str) -> None:
    outcome, calls = answered(f"dispatch-namespace {words}", result(NAMESPACE))
    assert outcome.status == 0, outcome.stderr
    assert (calls[0].method, calls[0].path) == (method, f"/workers/dispatch/namespaces{path}")
    assert body_of(calls) == body
    assert said in outcome.stderr


def test_namespaces_are_shown_as_a_table_and_as_json() -> None:
    outcome, _ = answered("dispatch-namespace list", result([NAMESPACE]))
    assert outcome.stdout.splitlines()[1].split()[:3] == ["customers", "7", "2"]
    assert answered("dispatch-namespace list --json", result([NAMESPACE]))[0].json == [NAMESPACE]
    assert (
        "namespace_name  customers"
        in answered("dispatch-namespace get customers", result(NAMESPACE))[0].stdout
    )
    assert answered("dispatch-namespace get customers --json", result(NAMESPACE))[0].json == NAMESPACE
    missing, _ = answered("dispatch-namespace get no --json", refusal(404, 100119, "no such namespace"))
    assert (missing.status, missing.error["api_code"]) == (1, 100119)


def test_a_certificate_is_uploaded_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("the chain")
    (tmp_path / "k.pem").write_text("the key")
    files = f"--cert {tmp_path}/c.pem --key {tmp_path}/k.pem"
    outcome, calls = answered(f"mtls-certificate upload {files} --name shop", result(CERTIFICATE))
    assert outcome.stdout == '{ "binding": "MTLS", "certificate_id": "1" }\n'
    assert "It expires on 2027-01-02." in outcome.stderr
    assert body_of(calls) == {
        "name": "shop",
        "certificates": "the chain",
        "private_key": "the key",
        "ca": False,
    }
    refused, none = answered(f"mtls-certificate upload {files} --id 5 --json")
    assert (refused.status, none) == (2, [])
    assert "the key" not in outcome.stdout + outcome.stderr + refused.stderr
    gone, _ = answered(f"mtls-certificate upload --cert {tmp_path}/no.pem --key {tmp_path}/k.pem --json")
    assert gone.status == 2


def test_certificates_are_listed() -> None:
    outcome, calls = answered("mtls-certificate list", result([CERTIFICATE]))
    assert calls[0].query == {"ca": "false"}
    assert outcome.stdout.splitlines()[1].split()[:3] == ["1", "shop", "CN=test"]


def test_a_certificate_is_deleted_by_its_name_or_id() -> None:
    by_name, calls = answered(
        "mtls-certificate delete --name shop", result([CERTIFICATE]), result({"id": "1"})
    )
    assert by_name.status == 0
    assert calls[0].query == {"ca": "false", "name": "shop"}
    assert (calls[1].method, calls[1].path) == ("DELETE", "/mtls_certificates/1")
    by_id, calls = answered("mtls-certificate delete --id 1 -y", result(CERTIFICATE), result({"id": "1"}))
    assert "Deleted the certificate 1 (shop)." in by_id.stderr
    assert [call.path for call in calls] == ["/mtls_certificates/1"] * 2


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [([], 1, "no certificate of the name `shop`"), ([CERTIFICATE, CERTIFICATE], 2, "2 certificates have")],
)
def test_a_name_must_be_that_of_one_certificate(found: list[Any], status: int, said: str) -> None:
    outcome, _ = answered("mtls-certificate delete --name shop", result(found))
    assert outcome.status == status
    assert said in outcome.stderr


def test_a_worker_of_a_namespace_is_deleted_in_it() -> None:
    words = "delete shop --dispatch-namespace customers --force"
    outcome, calls = answered(words, result({"script": {}}), result(None))
    assert outcome.status == 0, outcome.stderr
    path = "/workers/dispatch/namespaces/customers/scripts/shop"
    assert [(call.method, call.path) for call in calls] == [("GET", path), ("DELETE", path)]
    missing, _ = answered(words, refusal(404, 10092, "no such script"))
    assert "There is no Worker `shop` in the namespace `customers`." in missing.stderr
