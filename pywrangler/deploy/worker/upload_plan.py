"""The upload of a Worker, decided: its metadata, in how many steps it goes, what must be made before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration, Container
from pywrangler.deploy.assets.files import AssetDirectory
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.images.units import named_images
from pywrangler.deploy.provisioning.resource_names import kv_title
from pywrangler.deploy.provisioning.wanted import Provisioning
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.class_names import declares_classes
from pywrangler.deploy.worker.metadata import content_tag, plan_migrations, upload_metadata
from pywrangler.deploy.worker.settings import required_secrets, unversioned_settings
from pywrangler.errors import UsageError


def plan_upload(
    configuration: Configuration,
    bundle: Bundle,
    observed: Observed,
    options: DeploySettings,
    assets: AssetDirectory | None = None,
    provisioning: Provisioning | None = None,
    images: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """The metadata to upload; None when the deployed version is what the upload would make.

    `images` are those of the containers, by application name: other images make another version.

    Raises `UsageError` for what cannot be deployed.
    """
    deployed = observed.worker
    metadata = upload_metadata(
        configuration,
        bundle,
        keep_vars=options.keep_vars,
        assets=assets,
        secrets=options.secrets,
        variables=options.variables,
        elsewhere=options.elsewhere,
    )
    if configuration.main is None:
        return _plan_assets(configuration, metadata, observed, options, bundle, assets)
    metadata["bindings"] = [_with_store_id(binding, observed) for binding in metadata["bindings"]]
    inherited = provisioning.inherited if provisioning else ()
    metadata["bindings"] += [{"name": name, "type": "inherit"} for name in inherited]
    metadata["bindings"] += _required_secrets(configuration, deployed, options)
    if options.rollout == "none" and deployed is not None:
        _keep_containers(metadata, deployed)
    kv_bindings = _kv_bindings_without_id(configuration, observed)
    without_id = provisioning.without_id if provisioning else frozenset()
    known = [_without_id(each, without_id) for each in metadata["bindings"]]
    described = {**metadata, "bindings": [*known, *map(_without_origin, kv_bindings)]}
    if options.rollout != "none":
        _name_managed_images(metadata, configuration, images or {})
        described |= {"containers": metadata["containers"]} if "containers" in metadata else {}
    used = _images(configuration, observed, options, images or {})
    if used:
        described["images"] = used
    if observed.is_local and options.rollout != "none":
        _name_images(metadata, used)
    tag = options.tag or content_tag(_all_settings(configuration, described), bundle, assets)
    metadata["bindings"] += kv_bindings
    migrations = plan_migrations(configuration.migrations, deployed.migration_tag if deployed else None)
    is_provisioned = bool(provisioning and provisioning.new)
    has_new_kv = is_provisioned or any(binding["type"] != "inherit" for binding in kv_bindings)
    asked = options.tag or options.message or options.secrets or options.is_upload
    must_upload = migrations or asked or has_new_kv
    if deployed is not None and deployed.content_tag == tag and not must_upload:
        return None
    if migrations is not None:
        metadata["migrations"] = migrations
    metadata["annotations"] = _annotations(tag, options)
    return metadata


def _plan_assets(
    configuration: Configuration,
    metadata: dict[str, Any],
    observed: Observed,
    options: DeploySettings,
    bundle: Bundle,
    assets: AssetDirectory | None,
) -> dict[str, Any] | None:
    """The same for a Worker of static assets only."""
    tag = options.tag or content_tag(_all_settings(configuration, metadata), bundle, assets)
    is_deployed = observed.worker is not None and observed.worker.content_tag == tag
    if is_deployed and not (options.tag or options.message or options.is_upload):
        return None
    return metadata | {"annotations": _annotations(tag, options)}


def _annotations(tag: str, options: DeploySettings) -> dict[str, str]:
    """What the version is called. A deploy knows its versions by the tag; an upload has the user's only."""
    tagged = {"workers/tag": tag} if options.tag or not options.is_upload else {}
    return (
        tagged | dict(options.annotations) | ({"workers/message": options.message} if options.message else {})
    )


def _images(
    configuration: Configuration, observed: Observed, options: DeploySettings, images: Mapping[str, str]
) -> dict[str, str]:
    """The images that containers have after the deploy, by application name."""
    if options.rollout != "none":
        return dict(images)
    deployed = {
        container.name: observed.applications.get(container.name) for container in configuration.containers
    }
    return {
        name: str(application["configuration"]["image"])
        for name, application in deployed.items()
        if application and "image" in application["configuration"]
    }


def _name_images(metadata: dict[str, Any], images: Mapping[str, str]) -> None:
    """Tell the local platform the images, which then go back with this version."""
    if "containers" in metadata:
        metadata["containers"] = [
            {**entry, "image": images[entry["name"]]} if entry["name"] in images else entry
            for entry in metadata["containers"]
        ]


def _name_managed_images(
    metadata: dict[str, Any], configuration: Configuration, images: Mapping[str, str]
) -> None:
    """Name the images that classes choose from: they belong to the version, as with Wrangler (4.164)."""
    managed = {each.name: each for each in configuration.containers if each.is_managed}
    by_class = named_images(configuration.name, configuration.containers, images)
    if managed:
        metadata["containers"] = [
            _managed_entry(managed[entry["name"]], by_class) if entry["name"] in managed else entry
            for entry in metadata["containers"]
        ]


def _managed_entry(container: Container, images: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": container.name, "class_name": container.class_name}
    found = images.get(container.class_name)
    return entry | ({"images": dict(found)} if found else {})


def makes_version_first(
    configuration: Configuration, deployed: DeployedWorker | None, upload: Mapping[str, Any]
) -> bool:
    """Whether the upload makes a version that is deployed in a second step, as Wrangler (4.164) does it.

    What changes classes or names containers goes in one step, and so does the first upload of a Worker.
    """
    in_one_step = "migrations" in upload or "containers" in upload or declares_classes(configuration)
    return deployed is not None and not in_one_step


def _all_settings(configuration: Configuration, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata with what is set beside the upload, so that a change of it is a change."""
    beside = _without_consumers(configuration.cloudflare)
    return (
        {**metadata, "beside": {**unversioned_settings(configuration), **beside}} if beside else {**metadata}
    )


def _without_consumers(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without the consumers of queues, which the API returns and which are compared separately."""
    queues = {name: value for name, value in (fields.get("queues") or {}).items() if name != "consumers"}
    return {name: value for name, value in fields.items() if name != "queues"} | (
        {"queues": queues} if queues else {}
    )


def _with_store_id(binding: dict[str, Any], observed: Observed) -> dict[str, Any]:
    """The binding with the id of its secret store, which the configuration may call by its name."""
    found = observed.stores.get(binding.get("store_id", ""))
    return {**binding, "store_id": found} if found else binding


def _kv_bindings_without_id(configuration: Configuration, observed: Observed) -> list[dict[str, Any]]:
    """The binding stays what it is in the deployed Worker, or takes the namespace of its title, which the
    plan may need to create first: then it has no id yet.
    """
    bound = observed.worker.kv_bindings if observed.worker else {}
    bindings: list[dict[str, Any]] = []
    for kv in configuration.kv_namespaces:
        if kv.id is not None:
            continue
        if kv.binding in bound:
            bindings.append({"name": kv.binding, "type": "inherit"})
        else:
            known = observed.kv_namespaces.get(kv_title(configuration.name, kv.binding))
            bindings.append({"name": kv.binding, "type": "kv_namespace", "namespace_id": known})
    return bindings


def _without_id(binding: dict[str, Any], without_id: frozenset[str]) -> dict[str, Any]:
    """The same for a database or an app, which has an id only once it is made."""
    return {name: binding[name] for name in ("name", "type")} if binding["name"] in without_id else binding


def _without_origin(binding: Mapping[str, Any]) -> dict[str, Any]:
    """A KV binding without an id as every deploy has it, whether its namespace is new or bound already."""
    return {"name": binding["name"], "type": "kv_namespace"}


def _required_secrets(
    configuration: Configuration, deployed: DeployedWorker | None, options: DeploySettings
) -> list[dict[str, Any]]:
    given = {*options.secrets, *options.variables}
    names = [name for name in required_secrets(configuration) if name not in given]
    if names and deployed is None:
        raise UsageError(
            f"The Worker needs secrets that it does not have yet: {', '.join(names)}.",
            hint=(
                "Give them with --secrets-file FILE (lines NAME=value, or JSON). "
                "For the local platform they can be in .dev.vars."
            ),
        )
    return [{"name": name, "type": "inherit"} for name in names]


def _keep_containers(metadata: dict[str, Any], deployed: DeployedWorker) -> None:
    """Without a rollout, the new version names the containers that the deployed one names."""
    if deployed.version_id is None:
        raise UsageError(
            "--containers-rollout none cannot be used: the deployed Worker's containers are not known.",
            hint="No version serves all of its requests. Deploy without the option.",
        )
    metadata.pop("containers", None)
    if deployed.containers is not None:
        metadata["containers"] = [dict(entry) for entry in deployed.containers]
