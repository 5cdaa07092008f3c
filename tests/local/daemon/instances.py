"""An instance by value, for tests that change one thing about it."""

from __future__ import annotations

from pywrangler.local.instances.records import Instance, InstanceState

RUNNING = Instance(
    id="i",
    application_id="a",
    worker="w",
    durable_object_id="0" * 64,
    container_name="c",
    state=InstanceState.RUNNING,
    image="app:1",
    version=1,
    created_at=1.0,
)
