"""Stops and restarts instances, says whether they are ready, and where their ports are."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.instance_details import InstanceInspector
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner
from pywrangler.local.daemon.rollouts.start_options import is_usual_start
from pywrangler.local.daemon.workers.control import BringUpCall, ControlError
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.workers import Workers
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.containers.control_interface import InstanceDetails, InstanceReadiness, Restarted

STOP_REASON = "stopped by `containers stop`"
RESTART_REASON = "stopped by `containers restart`"
START_SECONDS = 120.0
PORTLESS_SECONDS = 1.0
"""An instance that was asked for no port is ready when it has run this long."""
SHOWN_LOG_LINES = 20


class InstanceController:
    """Implements `InstanceControl` of `pywrangler.local.rest.containers.control_interface`, where each method
    is described.
    """

    def __init__(self, machine: PlatformServices, workers: Workers, canaries: CanaryRunner) -> None:
        self._machine = machine
        self._workers = workers
        self._canaries = canaries
        self._inspector = InstanceInspector(machine, workers)

    def engine(self) -> Mapping[str, Any]:
        address = self._machine.engine
        tls = address.tls and {
            "ca": _path(address.tls.ca),
            "certificate": _path(address.tls.certificate),
            "key": _path(address.tls.key),
            "is_verified": address.tls.is_verified,
        }
        return {"url": address.url, "origin": address.origin, "tls": tls}

    async def readiness(self, instance: Instance) -> InstanceReadiness:
        if instance.state is not InstanceState.RUNNING:
            return InstanceReadiness(False, f"it is {instance.state}")
        gateway = self._workers.gateway_of(instance.worker)
        if gateway is None:
            return InstanceReadiness(False, f"its Worker `{instance.worker}` does not run")
        missing = await gateway.closed_ports(instance.id)
        if missing:
            ports = ", ".join(map(str, sorted(missing)))
            return InstanceReadiness(False, f"nothing in it listens on port {ports}")
        age = time.time() - (instance.started_at or instance.created_at)
        return (
            InstanceReadiness(True)
            if missing is not None or age > PORTLESS_SECONDS
            else InstanceReadiness(False, "new")
        )

    async def details(self, instances: Sequence[Instance]) -> Mapping[str, InstanceDetails]:
        return await self._inspector.details(instances)

    async def stop(self, instances: Sequence[Instance], grace_seconds: float) -> None:
        alive = [each for each in instances if self._is_alive(each)]
        await self._workers.fleet.stop_all(alive, grace_seconds, STOP_REASON)

    async def restart(self, instances: Sequence[Instance], grace_seconds: float) -> Sequence[Restarted]:
        return await asyncio.gather(*(self._restart(each, grace_seconds) for each in instances))

    async def locate(self, instance: Instance, port: int) -> tuple[str, int]:
        gateway = self._workers.gateway_of(instance.worker)
        if gateway is None or not self._is_alive(instance):
            raise PywranglerError("It does not run.")
        return await gateway.locate(instance.id, port)

    def _is_alive(self, instance: Instance) -> bool:
        found = self._machine.ledger.get(instance.id)
        return found is not None and not found.state.is_final

    async def _restart(self, instance: Instance, grace_seconds: float) -> Restarted:
        """Stop it, and start it as its class itself does.

        What code passes to `start()` for one object only is not known here: such an instance starts with its
        next request.
        """
        ledger = self._machine.ledger
        is_usual = await self._is_usual_start(instance)
        is_unused = ledger.may_give_way(instance.id)
        if self._is_alive(instance):
            await self._workers.fleet.stop(instance, grace_seconds, RESTART_REASON)
        application = self._machine.applications.by_id(instance.application_id)
        if application is None or not is_usual:
            return Restarted(instance.id, "waiting", reason="its Worker's code passes options to the start")
        if is_unused:
            ledger.expect_bring_up(instance.durable_object_id)
        try:
            hosted = await self._workers.running(instance.worker)
            call = BringUpCall(
                application.class_name, instance.durable_object_id, START_SECONDS, may_fetch=False
            )
            response = await hosted.control.bring_up(call)
        except (ControlError, TimeoutError) as error:
            words = error.message if isinstance(error, ControlError) else "its Durable Object did not answer"
            return await self._failed(instance, words)
        finally:
            if is_unused:
                ledger.bring_up_finished(instance.durable_object_id)
        new = ledger.by_container_name(instance.container_name)
        if new is None or new.id == instance.id or response.method is None:
            return Restarted(instance.id, "waiting", reason="its class starts it at another moment")
        return Restarted(instance.id, "running", new_id=new.id)

    async def _is_usual_start(self, instance: Instance) -> bool:
        """Whether the class by itself starts it as it was started. If no start by the platform is known to
        compare with, there is one now.
        """
        application_id = instance.application_id
        others = self._machine.ledger.of_application(application_id)
        if not any(each.is_platform_start for each in others):
            with contextlib.suppress(PywranglerError, TimeoutError):
                await self._canaries.run(application_id)
        return is_usual_start(instance, self._machine.ledger.of_application(application_id))

    async def _failed(self, instance: Instance, words: str) -> Restarted:
        new = self._machine.ledger.by_container_name(instance.container_name)
        gateway = self._workers.gateway_of(instance.worker)
        if new is None or new.id == instance.id or gateway is None:
            return Restarted(instance.id, "failed", reason=words)
        lines = await gateway.log_tail(new.id)
        reason = new.reason if new.state.is_final and new.reason else words
        return Restarted(instance.id, "failed", new.id, reason, tuple(lines[-SHOWN_LOG_LINES:]))


def _path(file: object) -> str | None:
    return str(file) if file else None
