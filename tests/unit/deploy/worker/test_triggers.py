"""What calls a Worker is compared with the API's word, set in Wrangler's order, and again after a refusal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.deploy.apply import apply_plan
from pywrangler.deploy.observe import observe
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.deploy.worker.trigger_steps import apply_triggers
from pywrangler.deploy.worker.triggers import (
    DeployedTriggers,
    TriggersPlan,
    plan_triggers,
    wanted_triggers,
)
from pywrangler.errors import ApiError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Api, Call, Says, refusal, result, serve
from tests.unit.deploy.samples import a_bundle, a_configuration

OFF = {"observability": {"enabled": False}}
PUBLIC = DeployedTriggers(workers_dev=True, previews=True, settings=OFF)


def a_worker(**changes: Any) -> Any:
    return a_configuration(containers=(), durable_objects=(), migrations=(), **changes)


def planned(
    configuration: Any,
    deployed: DeployedTriggers | None = PUBLIC,
    *,
    upload: bool = False,
    version_first: bool = False,
    service: str | None = None,
) -> TriggersPlan:
    return plan_triggers(
        "web",
        wanted_triggers(configuration, service),
        deployed,
        takes_domains=True,
        upload=upload,
        makes_version_first=version_first,
    )


@pytest.mark.parametrize(
    ("fields", "deployed", "changes"),
    [
        ({}, PUBLIC, []),
        ({}, None, []),
        ({"workers_dev": True}, PUBLIC, []),
        # Without routes the previews of an address that is off may be on.
        ({"workers_dev": False}, PUBLIC, ["switch the workers.dev address off"]),
        ({}, replace(PUBLIC, previews=False), ["switch preview URLs on"]),
        (
            {"cloudflare": {"routes": ["a.example/*"]}},
            PUBLIC,
            ["switch the workers.dev address off", "switch preview URLs off"],
        ),
        (
            {"workers_dev": False, "cloudflare": {"preview_urls": True}},
            PUBLIC,
            ["switch the workers.dev address off"],
        ),
        ({"cloudflare": {"preview_urls": False}}, PUBLIC, ["switch preview URLs off"]),
        ({"workers_dev": True}, replace(PUBLIC, workers_dev=False), ["switch the workers.dev address on"]),
        ({"crons": ("0 * * * *",)}, PUBLIC, ["set schedules: 0 * * * *"]),
        ({"crons": ("0 * * * *",)}, replace(PUBLIC, crons=("0 * * * *",)), []),
        ({"crons": ()}, replace(PUBLIC, crons=("0 * * * *",)), ["set schedules: (none)"]),
        ({"crons": None}, replace(PUBLIC, crons=("0 * * * *",)), []),
        ({"cloudflare": {"logpush": True}}, PUBLIC, ["set `logpush`"]),
        ({"cloudflare": {"logpush": True}}, replace(PUBLIC, settings={**OFF, "logpush": True}), []),
        ({"cloudflare": {"logpush": False}}, PUBLIC, []),
        ({"cloudflare": {"tail_consumers": [{"service": "t"}]}}, PUBLIC, ["set `tail_consumers`"]),
        (
            {"cloudflare": {"tail_consumers": [{"service": "t"}]}},
            replace(PUBLIC, settings={**OFF, "tail_consumers": [{"service": "t", "namespace": None}]}),
            [],
        ),
        ({"observability": {"enabled": True}}, PUBLIC, ["set `observability`"]),
        (
            {"observability": {"enabled": True}},
            replace(PUBLIC, settings={"observability": {"enabled": True, "head_sampling_rate": 1}}),
            [],
        ),
        ({}, replace(PUBLIC, settings={"observability": {"enabled": True}}), ["set `observability`"]),
        ({}, replace(PUBLIC, settings={"observability": None}), []),
    ],
)
def test_what_differs_is_a_change(
    fields: dict[str, Any], deployed: DeployedTriggers | None, changes: list[str]
) -> None:
    assert list(planned(a_worker(**fields), deployed).changes) == changes


def test_what_the_api_does_not_say_is_set_and_is_no_change() -> None:
    unknown = planned(a_worker(workers_dev=False), DeployedTriggers())
    assert unknown.changes == ()
    assert unknown.is_unseen
    assert unknown.settings == OFF
    routes = planned(a_worker(cloudflare={"routes": ["example.com/*"]}), replace(PUBLIC, workers_dev=False))
    assert routes.is_unseen
    assert not planned(a_worker()).is_unseen


def test_settings_are_sent_where_the_upload_does_not_carry_them() -> None:
    wanted, logs = a_worker(cloudflare={"logpush": True}), {"logpush": True, **OFF}
    assert planned(wanted).settings == logs
    assert planned(wanted, upload=True).settings is None
    assert planned(wanted, upload=True, version_first=True).settings == {**logs, "tags": []}
    staging = planned(a_worker(environment="staging"), upload=True, service="web")
    assert staging.settings == {"tags": ["cf:service=web", "cf:environment=staging"]}
    assert staging.changes == ("set `tags`",)


class Account:
    """A Worker at an API that refuses what `refuses` names."""

    def __init__(self, configuration: Any, refuses: tuple[str, ...] = ()) -> None:
        self.configuration, self.refuses = configuration, refuses
        self.subdomain = {"enabled": True, "previews_enabled": True}
        self.settings: dict[str, Any] = {"observability": None}
        self.crons: list[Any] = []
        self.tag: str | None = None

    def __call__(self, call: Call) -> Says:
        last = call.path.rpartition("/")[2]
        if call.method != "GET" and last in self.refuses:
            return refusal(403, 10000, f"no {last}")
        if call.path == "/workers/services/web":
            return result({"default_environment": {"script": {}}}) if self.tag else refusal(404, 10090, "no")
        if last == "deployments":
            return result({"deployments": [{"versions": [{"version_id": "v"}]}]})
        if last == "v":
            return result({"annotations": {"workers/tag": self.tag}, "resources": {}})
        if last == "versions":
            self.tag = self._tag()
            return result({"id": "v"})
        if call.path == "/workers/scripts/web":
            self.tag = self._tag()
            return result({"deployment_id": "v"})
        return self._beside(call, last)

    def _beside(self, call: Call, last: str) -> Says:
        said = call.json if call.body else None
        if last == "subdomain":
            self.subdomain |= said or {}
            return result(self.subdomain)
        if last == "script-settings":
            self.settings |= said or {}
            return result(self.settings)
        if last == "schedules":
            self.crons = self.crons if said is None else said
            return result({"schedules": self.crons})
        return result({} if last == "changeset" else [])

    def _tag(self) -> str:
        made = plan_deploy(
            self.configuration, a_bundle(), {}, Observed(None), DeploySettings(), resolve_image=str
        )
        assert made.upload is not None
        return str(made.upload["annotations"]["workers/tag"])


def deploy(api: Api, configuration: Any, said: list[str] | None = None) -> tuple[Plan, list[str]]:
    """Deploy once: the plan, and what was asked to change, in order."""
    begin = len(api.calls)
    with closing(Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))) as client:
        observed = observe(client, configuration)
        made = plan_deploy(configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str)
        if made.has_work:
            apply_plan(client, made, a_bundle(), (said if said is not None else []).append)
    return made, changing(api, begin)


def changing(api: Api, begin: int) -> list[str]:
    asked = [call for call in api.calls[begin:] if call.method != "GET"]
    return [f"{call.method} {call.path.removeprefix('/workers/scripts/web')}" for call in asked]


WHOLE: dict[str, Any] = {
    "crons": ("0 * * * *",),
    "cloudflare": {
        "routes": ["example.com/*", {"pattern": "api.example.com", "custom_domain": True}],
        "logpush": True,
    },
}
SET_ALL = [
    "POST /subdomain",
    "PUT /routes",
    "POST /domains/changeset",
    "PUT /domains/records",
]


def test_the_order_of_requests_is_wranglers() -> None:
    configuration = a_worker(**WHOLE)
    with serve(Account(configuration)) as api:
        _, first = deploy(api, configuration)
        second, again = deploy(api, configuration)

    assert first == ["PUT ", *SET_ALL, "PUT /schedules"]
    assert second.is_unchanged is False  # the upload in one step does not say logpush to this API
    assert again == ["PATCH /script-settings", *SET_ALL]


def test_a_changed_worker_is_a_version_then_settings_then_what_calls_it() -> None:
    before, after = a_worker(), a_worker(vars={"A": "1"}, workers_dev=False)
    account = Account(before)
    with serve(account) as api:
        deploy(api, before)
        account.configuration = after
        _, asked = deploy(api, after)

    assert asked == ["POST /versions", "POST /deployments", "PATCH /script-settings", "POST /subdomain"]
    assert account.subdomain == {"enabled": False, "previews_enabled": True}


def test_an_unchanged_worker_is_asked_nothing_that_changes() -> None:
    configuration = a_worker()
    with serve(Account(configuration)) as api:
        deploy(api, configuration)
        made, asked = deploy(api, configuration)
    assert made.is_unchanged
    assert asked == []


def test_only_the_public_address_is_switched_off() -> None:
    configuration, private = a_worker(workers_dev=True), a_worker(workers_dev=False)
    account = Account(configuration)
    with serve(account) as api:
        deploy(api, configuration)
        made, asked = deploy(api, private)
        assert account.subdomain["enabled"] is False
        account.subdomain["previews_enabled"] = False  # what the API makes of an address that is off
        _, again = deploy(api, private)

    assert not made.is_unchanged
    assert made.lines() == [
        "= keep Worker web",
        "~ switch the workers.dev address off",
    ]
    assert asked == ["POST /subdomain"]
    posts = [call for call in api.calls if call.method == "POST"]
    assert {call.headers["cloudflare-workers-script-api-date"] for call in posts} == {"2025-08-01"}
    assert again == []


@pytest.mark.parametrize("refused", ["subdomain", "routes", "records", "schedules"])
def test_what_was_refused_is_set_by_the_next_deploy(refused: str) -> None:
    configuration = a_worker(**WHOLE | {"cloudflare": {"routes": WHOLE["cloudflare"]["routes"]}})
    account = Account(configuration, (refused,))
    account.subdomain["enabled"] = False
    with serve(account) as api:
        for _ in range(2):
            begin = len(api.calls)
            with pytest.raises(ApiError, match=r"is deployed, but this could not be set: its .*no "):
                deploy(api, configuration)
            # The others were set all the same.
            assert set(SET_ALL) - {f"PUT /{refused}"} <= set(changing(api, begin))
        account.refuses = ()
        _, asked = deploy(api, configuration)
    assert next(each for each in asked if each.endswith(refused))


def test_every_refusal_is_named_at_once() -> None:
    configuration = a_worker(**WHOLE)
    with (
        serve(Account(configuration, ("routes", "records", "schedules"))) as api,
        pytest.raises(ApiError) as caught,
    ):
        deploy(api, configuration)
    for what in ("its routes: ", "its custom domains: ", "its schedules: "):
        assert what in caught.value.message


def test_settings_that_were_refused_are_a_warning_and_are_set_by_the_next_deploy() -> None:
    before = a_worker()
    configuration = a_worker(cloudflare={"logpush": True})
    account = Account(before, ("script-settings",))
    said: list[str] = []
    with serve(account) as api:
        deploy(api, before)
        account.configuration = configuration
        deploy(api, configuration, said)
        account.refuses = ()
        made, asked = deploy(api, configuration)
        _, last = deploy(api, configuration)

    assert any(line.startswith("Warning: `logpush`") and "no script-settings" in line for line in said)
    assert made.lines() == ["= keep Worker web", "~ set `logpush`"]
    assert asked == ["PATCH /script-settings", "POST /subdomain"]
    assert last == []


@pytest.mark.parametrize("takes_domains", [False, True])
def test_a_domain_that_leads_elsewhere_is_taken_only_where_that_is_allowed(takes_domains: bool) -> None:
    configuration = a_worker(
        cloudflare={"routes": [{"pattern": "api.example.com", "custom_domain": True}]}, workers_dev=True
    )
    account = Account(configuration)

    def answer(call: Call) -> Says:
        if call.path.endswith("/domains/changeset"):
            return result({"updated": [{"hostname": "api.example.com", "modified": True}], "conflicting": []})
        return account(call)

    with serve(answer) as api, closing(Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))) as client:
        plan = plan_triggers(
            "web",
            wanted_triggers(configuration, None),
            None,
            takes_domains=takes_domains,
            upload=True,
            makes_version_first=False,
        )
        if takes_domains:
            apply_triggers(client, plan, [].append)
        else:
            with pytest.raises(ApiError, match=r"already in use: api\.example\.com") as caught:
                apply_triggers(client, plan, [].append)
            assert caught.value.hint

    asked = [f"{call.method} {call.path.rpartition('/')[2]}" for call in api.calls]
    assert ("PUT records" in asked) is takes_domains
    assert "POST subdomain" in asked
    if takes_domains:
        (sent,) = [call.json for call in api.calls if call.path.endswith("/records")]
        assert sent["override_existing_origin"] is True
