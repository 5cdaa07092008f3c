"""Keeps names of Durable Objects. They are read while their containers live, because `workerd` forgets them
later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.workerd.names import read_durable_object_names


class ObjectNames:
    """Puts names into the ledger whenever an instance runs, and at each request for names."""

    def __init__(self, storage: Path, ledger: Ledger, applications: ApplicationLookup) -> None:
        self._storage = storage
        self._ledger = ledger
        self._applications = applications
        self._tasks: set[asyncio.Task[object]] = set()
        self._unsubscribe = ledger.subscribe(self._changed)

    def close(self) -> None:
        """Stop watching."""
        self._unsubscribe()
        for task in self._tasks:
            task.cancel()

    async def of_namespace(self, namespace_id: str) -> Mapping[str, str]:
        """Names by object id: the current ones, and the ones of recorded instances."""
        found = await asyncio.to_thread(read_durable_object_names, self._storage, namespace_id)
        application = self._applications.by_namespace(namespace_id)
        known: dict[str, str] = {}
        for instance in self._ledger.of_application(application.id) if application else ():
            if name := found.get(instance.durable_object_id):
                self._ledger.named(instance.id, name)
            elif instance.durable_object_name:
                known[instance.durable_object_id] = instance.durable_object_name
        return known | found

    def _changed(self, instance: Instance) -> None:
        if instance.state is not InstanceState.RUNNING or instance.durable_object_name:
            return
        application = self._applications.by_id(instance.application_id)
        if application is not None:
            task = asyncio.ensure_future(self.of_namespace(application.namespace_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
