"""Deploys a preview: its settings, images, code, then the applications of its containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pywrangler.cloudflare.scripts import previews
from pywrangler.cloudflare.workers import ObjectNamespace
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.plan import ApplicationChange, plan_application
from pywrangler.deploy.apply import Applied, apply_application
from pywrangler.deploy.observe import observe_applications
from pywrangler.deploy.previews.names import application_name
from pywrangler.deploy.previews.request import (
    deployment_request,
    kept_secrets,
    preview_env,
    preview_modules,
    preview_settings,
)
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.errors import PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration, Container
    from pywrangler.deploy.assets.files import AssetDirectory
    from pywrangler.deploy.bundle.bundling import Bundle
    from pywrangler.deploy.deployment import DeployImages
    from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class Deployed:
    """A preview and its new deployment, as the API returned them."""

    preview: Mapping[str, Any]
    deployment: Mapping[str, Any]
    is_new: bool
    bindings: frozenset[str] = frozenset()
    """The names that it was deployed with."""


class PreviewDeployment:
    """One deployment of one configuration, which is that of a preview."""

    def __init__(
        self,
        client: Client,
        configuration: Configuration,
        images: DeployImages,
        say: Callable[[str], None],
    ) -> None:
        self._client = client
        self._configuration = configuration
        self._images = images
        self._say = say
        self._worker = configuration.name
        self._env: dict[str, dict[str, Any]] = {}

    def check(self, secrets: Mapping[str, Sensitive[str]]) -> None:
        """Raise `PywranglerError` for what cannot be deployed, before anything is changed."""
        self._env = preview_env(self._configuration, secrets)
        self._images.check_account(self._configuration.containers)

    def run(
        self,
        name: str,
        bundle: Bundle,
        assets: AssetDirectory | None,
        annotations: Mapping[str, str],
        *,
        uses_base: bool,
    ) -> Deployed:
        """Deploy. Raises `PywranglerError`."""
        found = previews.find_preview(self._client, self._worker, name)
        preview = self._with_settings(found, name, uses_base=uses_base)
        containers = tuple(
            replace(each, name=application_name(self._worker, str(preview["slug"]), each.class_name))
            for each in self._configuration.containers
        )
        self._images.prepare(containers)
        images = self._images.publish(containers)
        identifier = str(preview["id"])
        latest = None
        if found is not None or self._configuration.migrations:
            latest = previews.latest_deployment(self._client, self._worker, identifier)
        env = kept_secrets(latest) | self._env
        request = deployment_request(self._configuration, bundle, containers, env, latest, annotations)
        if assets is not None and self._configuration.assets is not None:
            from pywrangler.deploy.assets.upload import upload_assets

            token = upload_assets(self._client, self._worker, assets, self._say)
            request["assets"] = {"jwt": token.reveal(), "config": dict(self._configuration.assets.serving)}
        self._say(f"Deploying the preview {preview['name']}")
        deployment = previews.deploy_preview(
            self._client, self._worker, identifier, request, preview_modules(bundle, assets)
        )
        if containers:
            self._apply(containers, images, deployment)
        return Deployed(preview, deployment, found is None, frozenset(env))

    def _with_settings(
        self, found: Mapping[str, Any] | None, name: str, *, uses_base: bool
    ) -> Mapping[str, Any]:
        settings = preview_settings(self._configuration)
        if found is None:
            self._say(f"Creating the preview {name}")
            body = {"name": name, **settings}
            return previews.create_preview(self._client, self._worker, body, uses_base=uses_base)
        if settings:
            return previews.change_preview(self._client, self._worker, name, settings)
        return found

    def _apply(
        self, containers: Sequence[Container], images: Mapping[str, str], deployment: Mapping[str, Any]
    ) -> None:
        """Create or change the applications. Without them the classes of the preview have no containers."""
        try:
            namespaces = self._namespaces(containers, deployment)
            for change in self._plan(containers, images, namespaces):
                apply_application(self._client, change, namespaces, Applied(), self._say)
        except PywranglerError as error:
            note = "The preview was deployed, but its containers were not. Run the same command again."
            error.hint = f"{error.hint}\n{note}" if error.hint else note
            raise

    def _plan(
        self, containers: Sequence[Container], images: Mapping[str, str], namespaces: Mapping[str, str]
    ) -> list[ApplicationChange]:
        configuration = replace(self._configuration, containers=tuple(containers))
        applications, running = observe_applications(self._client, configuration)
        classes = tuple(
            ObjectNamespace(identifier, self._worker, class_name, "")
            for class_name, identifier in namespaces.items()
        )
        observed = Observed(None, applications, classes, running)
        return [
            plan_application(
                configuration, each, images[each.name], observed, DeploySettings(), self._images.resolve
            )
            for each in containers
        ]

    def _namespaces(self, containers: Sequence[Container], deployment: Mapping[str, Any]) -> dict[str, str]:
        """Ids of the preview's Durable Object namespaces, by class."""
        bound = {
            binding["class_name"]: str(binding["namespace_id"])
            for binding in (deployment.get("env") or {}).values()
            if binding.get("type") == "durable_object_namespace"
            and not binding.get("script_name")
            and binding.get("class_name")
            and binding.get("namespace_id")
        }
        if all(each.class_name in bound for each in containers):
            return bound
        return previews.preview_namespaces(self._client, str(deployment.get("preview_id"))) | bound
