"""The decision about a start: whether there is an application, a free slot and an image, and what the engine
is to create.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.labels import PLATFORM
from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.context import GatewayContext
from pywrangler.local.gateway.docker_api.create_body import (
    Placement,
    comparable_entrypoint,
    comparable_variables,
    plan_create_body,
    take_size,
)
from pywrangler.local.gateway.docker_api.names import APPLICATION_IMAGE_PREFIX, ContainerName
from pywrangler.local.gateway.docker_api.storage_hosts import StorageHosts
from pywrangler.local.gateway.engine_facts import FactFinder
from pywrangler.local.gateway.outbound.egress_networks import EgressNetworks
from pywrangler.local.gateway.podman import limit_of_podman
from pywrangler.local.gateway.settings import Places
from pywrangler.local.gateway.snapshots.images import read_snapshot_id
from pywrangler.local.gateway.snapshots.snapshots import Snapshots
from pywrangler.local.instances.records import Application, Instance
from pywrangler.local.instances.sizes import with_size

log = logging.getLogger(__name__)

NO_INSTANCE = "there is no container instance that can be provided to this durable object"
"""Cloudflare's words for "all slots are taken". `@cloudflare/containers` 0.3 looks for them and retries."""


class StartRefusedError(PywranglerError):
    """No container was created; the message is for the Durable Object that asked."""

    code = "start-refused"


def no_place_message(application: Application) -> str:
    """The message for a start that has to wait for the end of another instance."""
    return (
        f"{NO_INSTANCE}: the maximum number of running container instances"
        f" ({application.max_instances}) of application {application.name} is reached"
    )


def image_candidates(reference: str) -> tuple[str, ...]:
    """The names under which the engine may know an image: as written, then the bare id of a `name@sha256:id`.

    Locally built images have no repository digest, so the name has their id instead.
    """
    _, separator, digest = reference.partition("@sha256:")
    return (reference, f"sha256:{digest}") if separator else (reference,)


def chosen_image(request: Mapping[str, Any]) -> str | None:
    """The image that the Worker itself chose for a start; None for its application's image."""
    image = str(request.get("Image") or "")
    return None if not image or image.startswith(APPLICATION_IMAGE_PREFIX) else image


def no_image(
    application: Application, chosen: str | None, *, pull_error: str | None = None
) -> StartRefusedError:
    """The error for an image that the engine does not have. `pull_error` is why it could not be pulled from
    the platform's registry, for an image of it.
    """
    if chosen:
        image = (
            f"the image {chosen}, with which the Worker starts an instance of application {application.name},"
        )
    else:
        image = f"the image {application.image} of application {application.name}"
    if pull_error is None:
        hint = f"Get it: docker pull {chosen}" if chosen else "Deploy again, which builds or pulls it."
        return StartRefusedError(f"{image} is not in the Docker Engine", hint=hint)
    return StartRefusedError(
        f"{image} is not in the Docker Engine, and could not be pulled from the platform's registry:"
        f" {pull_error}",
        hint="Push it to the platform: pywrangler containers push NAME:TAG",
    )


def no_choice(application: Application) -> StartRefusedError:
    """The error for a start without an image, of an application whose class has to choose one."""
    return StartRefusedError(
        f"the application {application.name} has no image of its own: its class {application.class_name} must"
        " pass one to start(), such as `start({ image: ctx.container.images.NAME })`, or a snapshot"
    )


class Launcher:
    """Creates containers for one gateway."""

    def __init__(
        self,
        context: GatewayContext,
        supervisor: ContainerSupervisor,
        facts: FactFinder,
        egress_networks: EgressNetworks,
        snapshots: Snapshots,
    ) -> None:
        self._snapshots = snapshots
        self._engine = context.engine
        self._ledger = context.ledger
        self._applications = context.applications
        self._platform_id = context.platform_id
        self._home = context.home
        self._log_in = context.find_source
        self._bring_image = context.bring_image
        self._settings = context.settings
        self._fingerprint = context.settings.fingerprint
        self._clock = context.clock
        self._supervisor = supervisor
        self._facts = facts
        self._egress_networks = egress_networks
        self._asked_ports: dict[str, set[int]] = {}

    async def warm_up(self) -> None:
        """Prepare what the first start needs. If the engine does not answer yet, the first start does it."""
        with suppress(PywranglerError):
            await self._facts.facts()
            await self._egress_networks.prepare()

    def port_asked(self, application_id: str, port: int) -> None:
        """Remember a port for the application's next containers, if ports must be published at creation."""
        self._asked_ports.setdefault(application_id, set()).add(port)

    def ports_asked(self, application_id: str) -> frozenset[int]:
        """The ports for which requests to an application's containers asked."""
        return frozenset(self._asked_ports.get(application_id, ()))

    async def create(self, name: ContainerName, request: Mapping[str, Any]) -> str:
        """Create a container for workerd's `request`; its id. Raises StartRefusedError."""
        application = self._applications.by_namespace(name.namespace_id)
        if application is None:
            raise StartRefusedError(
                f"no container application belongs to the Durable Object namespace {name.namespace_id}"
            )
        instance = await self._take_place(application, name)
        try:
            return await self._create(application, instance, request)
        except PywranglerError as error:
            reason = f"could not be created: {error.message}"
            log.warning("Instance %s of %s %s", instance.id, application.name, reason)
            self._ledger.failed(instance.id, reason=reason, time=self._clock())
            raise StartRefusedError(error.message) from error

    async def _take_place(self, application: Application, name: ContainerName) -> Instance:
        object_id, places = name.durable_object_id, self._settings.places
        if places is None or application.is_managed or self._ledger.is_canary(object_id):
            return await self._take_place_here(application, name)
        while not await self._is_place_taken(places, application, object_id):
            await self._make_way(application)
        try:
            return await self._take_place_here(application, name)
        except StartRefusedError:
            places.leave(application.id, object_id)
            raise

    async def _is_place_taken(self, places: Places, application: Application, object_id: str) -> bool:
        """Whether there was a place on all nodes together. Without an answer no container starts."""
        try:
            return await places.take(application, object_id)
        except PywranglerError as error:
            message = f"the instances of application {application.name} cannot be counted: {error.message}"
            raise StartRefusedError(message) from error

    async def _take_place_here(self, application: Application, name: ContainerName) -> Instance:
        while (instance := self._reserve(application, name)) is None:
            await self._make_way(application)
        return instance

    async def _make_way(self, application: Application) -> None:
        """End an instance that no one uses. Raises `StartRefusedError` if there is none."""
        idle = self._ledger.idle_bring_up(application.id)
        if idle is None or (container := self._supervisor.of_instance(idle.id)) is None:
            log.info("%s: %s", application.name, no_place_message(application))
            raise StartRefusedError(no_place_message(application))
        await self._supervisor.stop(
            container, self._settings.bring_up_grace_seconds, "gave its slot to a request"
        )

    def _reserve(self, application: Application, name: ContainerName) -> Instance | None:
        return self._ledger.reserve(
            application,
            durable_object_id=name.durable_object_id,
            container_name=name.container,
            time=self._clock(),
            location=self._settings.location,
        )

    async def _create(self, application: Application, instance: Instance, request: Mapping[str, Any]) -> str:
        request, size = take_size(request)
        self._ledger.starts_with(
            instance.id,
            variables=self._fingerprint(comparable_variables(request, instance.durable_object_id)),
            entrypoint=self._fingerprint(comparable_entrypoint(request, instance.durable_object_id)),
        )
        self._ledger.set_egress(instance.id, self._egress_networks.egress_of(instance.container_name).access)
        facts = await self._facts.facts()
        egress = self._egress_networks.egress_of(instance.container_name)
        if limit := limit_of_podman(facts.podman_network, egress):
            raise StartRefusedError(limit)
        if application.is_managed:
            application = with_size(application, size, facts.abilities.memory_bytes)
        image = await self._find_image(application, chosen_image(request))
        self._ledger.resolved(instance.id, image["Id"])
        published_ports = facts.reach.ports_to_publish(image, self._asked_ports.get(application.id, ()))
        network = await self._egress_networks.network_for(
            instance.container_name, has_published_ports=bool(published_ports)
        )
        placement = Placement(
            platform_id=self._platform_id,
            application=application,
            instance=instance.with_(image=image["Id"]),
            network=network.name,
            name_server=network.name_server,
            s3_endpoint=network.s3_endpoint,
            extra_hosts=network.storage_hosts.extra_hosts if network.storage_hosts else (),
            abilities=facts.abilities,
            location=self._settings.location,
            may_mount_fuse=self._settings.may_mount_fuse(application.name),
            home=self._home,
            node=self._settings.node,
            published_ports=published_ports,
        )
        body = plan_create_body(request, placement)
        # Nodes may share an engine, and an object's container may end on one while it starts on another.
        node = self._settings.node
        engine_name = f"{instance.container_name}-{node}" if node else instance.container_name
        container_id = await self._create_again(engine_name, body)
        if network.storage_hosts is not None:
            await self._let_trust(container_id, network.storage_hosts)
        self._supervisor.created(instance, container_id)
        return container_id

    async def _let_trust(self, container_id: str, hosts: StorageHosts) -> None:
        try:
            await self._engine.unpack(container_id, hosts.archive())
        except PywranglerError as error:
            log.warning("A container does not trust %s: %s", hosts.names[0], error.message)

    async def _create_again(self, name: str, body: Mapping[str, Any]) -> str:
        """Create the container. An old container of ours with its name is removed first."""
        try:
            return await self._engine.create(name, body)
        except EngineRefusedError as error:
            if error.status != 409 or not await self._remove_leftover(name):
                raise
        return await self._engine.create(name, body)

    async def _remove_leftover(self, name: str) -> bool:
        left = await self._engine.inspect(name)
        if left is None or (left["Config"].get("Labels") or {}).get(PLATFORM) != self._platform_id:
            return left is None
        await self._engine.remove(left["Id"])
        return True

    async def _find_image(self, application: Application, chosen: str | None) -> dict[str, Any]:
        if application.is_managed and not chosen:
            raise no_choice(application)
        if (snapshot_id := read_snapshot_id(chosen or "")) is not None:
            return await self._snapshots.restore(snapshot_id)
        for candidate in image_candidates(chosen or application.image):
            if image := await self._engine.image(candidate):
                return image
        brought = await self._bring_image(chosen or application.image)
        if brought is not None and (image := await self._engine.image(brought)):
            return image
        login = self._log_in(chosen or application.image)
        if login is None:
            raise no_image(application, chosen)
        try:
            return await self._engine.image(login.reference) or await self._engine.pull(login)
        except EngineRefusedError as error:
            raise no_image(application, chosen, pull_error=error.message) from error
