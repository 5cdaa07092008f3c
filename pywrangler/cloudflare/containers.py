"""Container applications, their instances and rollouts: the calls below `/accounts/{account}/containers`.

Paths and shapes: Cloudflare's public REST API as wrangler 4.164 uses it. Applications are passed on as the
API returns them, because `info --json` shows them whole and a deploy compares them field by field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, Request, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError

Json = dict[str, Any]
BASE = "containers"


@dataclass(frozen=True)
class ApplicationSummary:
    """One line of the list of applications."""

    id: str
    name: str
    state: str
    """`degraded`, `provisioning`, `active` or `ready`."""
    instances: int
    image: str | None
    version: int | None
    updated_at: str | None
    created_at: str | None


@dataclass(frozen=True)
class InstanceSummary:
    """One instance, or a Durable Object that has none now (`inactive`). `name` is the Durable Object's."""

    id: str | None
    name: str | None
    state: str
    location: str | None
    version: int | None
    created: str | None
    has_durable_object: bool


@dataclass(frozen=True)
class InstancePage:
    """One page of instances as the API gives it."""

    instances: Sequence[Json]
    durable_objects: Sequence[Json]
    next_page_token: str | None


def account_limits(client: Client) -> Json:
    """What the account may use; the first call of a deploy, because it fails where containers are not
    allowed.
    """
    limits: Json = client.call("GET", f"{BASE}/me").fields
    return limits


def prepare_image(client: Client, image: str) -> Json:
    """Ask for an image of the managed registry, by its digest, where instances start: `status` is `ready`,
    `pending` or `error`, and `reason` says why.
    """
    prepared: Json = client.call("POST", f"{BASE}/image-preparations", json={"image": image}).fields
    return prepared


def list_applications(client: Client, *, name: str | None = None) -> list[Json]:
    """All applications as the API gives them; `name` asks for those of that name only."""
    return client.list(f"{BASE}/applications", params={"name": name})


def get_application(client: Client, application_id: str) -> Json:
    """The application; raises `ApiError` with status 404 if there is none."""
    found: Json = client.call("GET", _application(application_id)).fields
    return found


def create_application(client: Client, body: Mapping[str, Any]) -> Json:
    """The application just made of `body`."""
    made: Json = client.call("POST", f"{BASE}/applications", json=body).fields
    return made


def modify_application(client: Client, application_id: str, body: Mapping[str, Any]) -> Json:
    """The application with the fields of `body` changed. Its instances change with a rollout only."""
    changed: Json = client.call("PATCH", _application(application_id), json=body, is_repeatable=True).fields
    return changed


def delete_application(client: Client, application_id: str) -> None:
    """Remove the application with its instances."""
    # Instances take their time to stop; the local platform responds when they are gone.
    client.request("DELETE", _application(application_id), read_seconds=900)


def create_rollout(client: Client, application_id: str, body: Mapping[str, Any]) -> Json:
    """The rollout just started."""
    made: Json = client.call("POST", f"{_application(application_id)}/rollouts", json=body).fields
    return made


def get_rollout(client: Client, application_id: str, rollout_id: str) -> Json:
    """The rollout: `status` is pending, progressing, completed, reverted or replaced; `progress` counts
    instances.
    """
    path = f"{_application(application_id)}/rollouts/{segment(rollout_id)}"
    found: Json = client.call("GET", path).fields
    return found


def list_rollouts(client: Client, application_id: str) -> list[Json]:
    """The application's rollouts."""
    return client.list(f"{_application(application_id)}/rollouts")


def latest_rollout(client: Client, application_id: str) -> Json | None:
    """The application's newest rollout, as `get_rollout` gives it, or None if there was none yet."""
    found = list_rollouts(client, application_id)
    return max(found, key=lambda rollout: str(rollout.get("created_at")), default=None)


def list_summaries(client: Client, *, per_page: int = 25) -> list[ApplicationSummary]:
    """All applications with the state of their instances, over all pages."""
    return [
        _summary(entry) for entry in client.list(f"{BASE}/dash/applications", params={"per_page": per_page})
    ]


def instance_page(
    client: Client, application_id: str, *, per_page: int, page_token: str | None
) -> InstancePage:
    """One page of an application's instances."""
    path = f"{BASE}/dash/applications/{segment(application_id)}/instances"
    response = client.fetch(Request("GET", path, {"per_page": per_page, "page_token": page_token}))
    if not isinstance(response.result, dict):
        raise ApiError(f"The API answered GET {path} with something other than instances.")
    following = response.result_info.get("next_page_token")
    return InstancePage(
        response.result.get("instances") or [],
        response.result.get("durable_objects") or [],
        following or None,
    )


def instance_pages(client: Client, application_id: str, *, per_page: int) -> Iterator[InstancePage]:
    """Every page of an application's instances."""
    token: str | None = None
    while True:
        page = instance_page(client, application_id, per_page=per_page, page_token=token)
        yield page
        if page.next_page_token is None or page.next_page_token == token:
            return
        token = page.next_page_token


def summarize_instances(pages: Sequence[InstancePage]) -> list[InstanceSummary]:
    """The instances of `pages` together: one row for each Durable Object, otherwise one for each instance.

    An instance and its Durable Object meet by the object's `deployment_id`, possibly on different pages.
    """
    instances = [instance for page in pages for instance in page.instances]
    objects = [entry for page in pages for entry in page.durable_objects]
    if not objects:
        return [_instance_summary(instance, None) for instance in instances]
    by_id = {instance["id"]: instance for instance in instances}
    return [_instance_summary(by_id.get(entry.get("deployment_id") or ""), entry) for entry in objects]


def _application(application_id: str) -> str:
    return f"{BASE}/applications/{segment(application_id)}"


def _summary(entry: Json) -> ApplicationSummary:
    return ApplicationSummary(
        id=entry["id"],
        name=entry["name"],
        state=_application_state((entry.get("health") or {}).get("instances") or {}),
        instances=entry.get("instances", 0),
        image=entry.get("image"),
        version=entry.get("version"),
        updated_at=entry.get("updated_at"),
        created_at=entry.get("created_at"),
    )


def _application_state(counts: Mapping[str, int]) -> str:
    """Wrangler's four words (4.164) for the instances' health."""
    if counts.get("failed", 0) > 0:
        return "degraded"
    if counts.get("starting", 0) > 0 or counts.get("scheduling", 0) > 0:
        return "provisioning"
    return "active" if counts.get("active", 0) > 0 else "ready"


def _instance_state(instance: Json) -> str:
    status = (instance.get("current_placement") or {}).get("status") or {}
    raw = _first(status.get("container_status"), status.get("health"))
    if raw == "placed":
        return "provisioning"
    known = ("running", "failed", "stopping", "stopped", "unhealthy")
    return raw if raw in known else "unknown"


def _first(*values: str | None) -> str | None:
    """The first of `values` that exists; an empty string counts, too, as with Wrangler (4.164)."""
    return next((value for value in values if value is not None), None)


def _instance_summary(instance: Json | None, durable_object: Json | None) -> InstanceSummary:
    row, owner = instance or {}, durable_object or {}
    return InstanceSummary(
        id=_first(owner.get("id"), row.get("id")),
        name=owner.get("name"),
        state="inactive" if instance is None else _instance_state(instance),
        location=row.get("location"),
        version=row.get("app_version"),
        created=_first(row.get("created_at"), owner.get("assigned_at")),
        has_durable_object=durable_object is not None,
    )
