"""The instances of all nodes, for the REST API of each."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.cluster.api import Answer
from pywrangler.local.daemon.cluster.members import MemberRecord
from pywrangler.local.daemon.cluster.others import OtherNodes
from pywrangler.local.daemon.cluster.tunnels import TunnelDoors
from pywrangler.local.daemon.instance_control import InstanceController
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.containers.control_interface import InstanceDetails, InstanceReadiness, Restarted
from pywrangler.local.store.instances import Instances

log = logging.getLogger(__name__)

LIST, READY, DETAILS = "/node/instances", "/node/instances/ready", "/node/instances/details"
STOP, RESTART = "/node/instances/stop", "/node/instances/restart"
LOOK_SECONDS = 3.0
STOP_SECONDS = 60.0
"""What the engine and a Durable Object may take, beside the grace period."""
_FIELDS = frozenset(field.name for field in fields(Instance))


def instance_from(told: Mapping[str, Any]) -> Instance:
    """An instance as another node describes it, which may have another version of pywrangler."""
    known = {name: value for name, value in told.items() if name in _FIELDS}
    return Instance(**{**known, "state": InstanceState(told["state"])})


def known_instances(records: Instances, application_id: str | None) -> list[Instance]:
    """The records of an application, or all."""
    return records.load() if application_id is None else records.of_application(application_id)


def details_from(told: Mapping[str, Any]) -> InstanceDetails:
    """What another node says about an instance."""
    return InstanceDetails(**{**told, "ports": tuple(told["ports"])})


class ClusterInstances:
    """Implements `InstanceControl` and `NodesOfInstances` of
    `pywrangler.local.rest.containers.control_interface`. A node that does not answer shows no instances.
    """

    def __init__(
        self, own: InstanceController, records: Instances, others: OtherNodes, doors: TunnelDoors
    ) -> None:
        self._own = own
        self._records = records
        self._others = others
        self._doors = doors
        self._nodes: dict[str, MemberRecord] = {}
        """Where instances of other nodes are, by their ids."""

    def engine(self) -> Mapping[str, Any]:
        return self._own.engine()

    async def engine_of(self, instance: Instance) -> Mapping[str, Any]:
        record = self._nodes.get(instance.id)
        if record is None:
            return self._own.engine()
        path = await self._doors.socket(
            f"engine-{record.node}", lambda: self._others.open_tunnel(record, {"to": "engine"})
        )
        return {"url": f"unix://{path}", "origin": f"the node {record.node}", "tls": None}

    def node_of(self, instance: Instance) -> str | None:
        record = self._nodes.get(instance.id)
        return record.node if record else self._others.own_name

    async def known(self, application_id: str | None = None) -> list[Instance]:
        own = known_instances(self._records, application_id)
        nodes: dict[str, MemberRecord] = {}
        found = list(own)
        for record, told in await self._ask_all(LIST, {"application_id": application_id}):
            for each in map(instance_from, told):
                nodes[each.id] = record
                found.append(each)
        self._nodes = nodes if application_id is None else {**self._nodes, **nodes}
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def readiness(self, instance: Instance) -> InstanceReadiness:
        record = self._nodes.get(instance.id)
        if record is None:
            return await self._own.readiness(instance)
        try:
            return InstanceReadiness(**await self._others.ask(record, READY, {"instance": instance.id}))
        except PywranglerError as error:
            return InstanceReadiness(False, error.message)

    async def details(self, instances: Sequence[Instance]) -> Mapping[str, InstanceDetails]:
        async def elsewhere(record: MemberRecord, ids: list[str]) -> Mapping[str, InstanceDetails]:
            told = await self._others.ask(record, DETAILS, {"instances": ids}, LOOK_SECONDS)
            return {key: details_from(each) for key, each in told.items()}

        own, others = self._parted(instances)
        found = dict(await self._own.details(own))
        for each in await self._of_each(others, elsewhere, is_needed=False):
            found.update(each)
        return found

    async def stop(self, instances: Sequence[Instance], grace_seconds: float) -> None:
        async def elsewhere(record: MemberRecord, ids: list[str]) -> None:
            body = {"instances": ids, "grace_seconds": grace_seconds}
            await self._others.ask(record, STOP, body, grace_seconds + STOP_SECONDS)

        own, others = self._parted(instances)
        await asyncio.gather(self._own.stop(own, grace_seconds), self._of_each(others, elsewhere))

    async def restart(self, instances: Sequence[Instance], grace_seconds: float) -> Sequence[Restarted]:
        async def elsewhere(record: MemberRecord, ids: list[str]) -> list[Restarted]:
            body = {"instances": ids, "grace_seconds": grace_seconds}
            told = await self._others.ask(record, RESTART, body, grace_seconds + 2 * STOP_SECONDS)
            return [Restarted(**{**each, "log_tail": tuple(each["log_tail"])}) for each in told]

        own, others = self._parted(instances)
        here, there = await asyncio.gather(
            self._own.restart(own, grace_seconds), self._of_each(others, elsewhere)
        )
        return [*here, *(each for some in there for each in some)]

    async def locate(self, instance: Instance, port: int) -> tuple[str, int]:
        record = self._nodes.get(instance.id)
        if record is None:
            return await self._own.locate(instance, port)
        query = {"to": "port", "instance": instance.id, "port": str(port)}
        local = await self._doors.port(instance.id, port, lambda: self._others.open_tunnel(record, query))
        return "127.0.0.1", local

    def _parted(self, instances: Iterable[Instance]) -> tuple[list[Instance], Mapping[str, list[Instance]]]:
        """Those of this node, and those of others by the node."""
        own, others = [], defaultdict(list)
        for each in instances:
            record = self._nodes.get(each.id)
            if record is None:
                own.append(each)
            else:
                others[record.node].append(each)
        return own, others

    async def _of_each(
        self,
        others: Mapping[str, list[Instance]],
        ask: Callable[[MemberRecord, list[str]], Awaitable[Any]],
        *,
        is_needed: bool = True,
    ) -> list[Any]:
        """What each node answers about its instances. Unless it `is_needed`, a node may give no answer."""
        asking = (ask(self._nodes[some[0].id], [each.id for each in some]) for some in others.values())
        found = await asyncio.gather(*asking, return_exceptions=not is_needed)
        return [each for each in found if not isinstance(each, BaseException)]

    async def _ask_all(self, call: str, body: Mapping[str, Any]) -> list[tuple[MemberRecord, Any]]:
        records = await self._others.known()
        asking = (self._others.ask(record, call, body, LOOK_SECONDS) for record in records)
        found = await asyncio.gather(*asking, return_exceptions=True)
        for record, each in zip(records, found, strict=True):
            if isinstance(each, BaseException):
                log.info("Instances of the node %s are not shown: %s", record.node, each)
        return [
            (record, each)
            for record, each in zip(records, found, strict=True)
            if not isinstance(each, BaseException)
        ]


NameInstances = Callable[[Sequence[Instance]], Awaitable[list[Instance]]]
"""Adds the names of their Durable Objects."""


class InstanceAnswers:
    """What this node tells others about its instances, and does with them."""

    def __init__(self, own: InstanceController, records: Instances, name: NameInstances) -> None:
        self._own = own
        self._records = records
        self._name = name

    def answers(self) -> dict[str, Answer]:
        """By the path of the call."""
        return {
            LIST: self.list_instances,
            READY: self.ready,
            DETAILS: self.details,
            STOP: self.stop,
            RESTART: self.restart,
        }

    async def list_instances(self, call: Mapping[str, Any]) -> list[dict[str, Any]]:
        """For lists on another node."""
        application_id = call.get("application_id")
        known = known_instances(self._records, str(application_id) if application_id else None)
        return [asdict(each) for each in await self._name(known)]

    async def ready(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """For `containers wait` on another node."""
        (instance,) = self._chosen([call.get("instance")])
        return asdict(await self._own.readiness(instance))

    async def details(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """For `containers instances --json` on another node."""
        found = await self._own.details(self._chosen(call.get("instances") or []))
        return {key: asdict(each) for key, each in found.items()}

    async def stop(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """For `containers stop` on another node."""
        chosen = self._chosen(call.get("instances") or [])
        await self._own.stop(chosen, float(call.get("grace_seconds") or 0))
        return {}

    async def restart(self, call: Mapping[str, Any]) -> list[dict[str, Any]]:
        """For `containers restart` on another node."""
        chosen = self._chosen(call.get("instances") or [])
        grace_seconds = float(call.get("grace_seconds") or 0)
        return [asdict(each) for each in await self._own.restart(chosen, grace_seconds)]

    async def locate(self, instance_id: str, port: int) -> tuple[str, int]:
        """Where a port of an instance is. Raises `PywranglerError`."""
        (instance,) = self._chosen([instance_id])
        return await self._own.locate(instance, port)

    def _chosen(self, ids: Sequence[Any]) -> list[Instance]:
        by_id = {each.id: each for each in self._records.load()}
        if missing := [str(each) for each in ids if each not in by_id]:
            raise PywranglerError(f"This node has no instance `{missing[0]}`.", code="instance-not-found")
        return [by_id[each] for each in ids]
