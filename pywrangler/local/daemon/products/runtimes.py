"""The runtimes of products that Workers bind, and how all of them start, change and end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.directories import KEY_VALUES
from pywrangler.local.daemon.products.d1 import D1Runtime
from pywrangler.local.daemon.products.kv import KvRuntime
from pywrangler.local.daemon.products.queues import QueuesRuntime
from pywrangler.local.daemon.products.r2 import R2Runtime
from pywrangler.local.daemon.products.s3 import S3Runtime
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.workers import DOWNLOAD_SECONDS, BindingRuntime
from pywrangler.local.gateway.docker_api.storage_hosts import AUTHORITY_FILE, AUTHORITY_NAME, HOST
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.object_storage import ObjectStorage
from pywrangler.local.store import Store
from pywrangler.local.workerd.logs import LogBook

log = logging.getLogger(__name__)

QUEUE_TABLES = frozenset({"queues", "queue_consumers"})
BUCKET_TABLES = frozenset({"r2_buckets", "r2_notification_rules", "r2_s3_keys", "r2_worker_keys"})


class ProductRuntimes:
    """Owns one process for each product; each starts when a Worker binds it or a command asks for it."""

    def __init__(
        self,
        store: Store,
        machine: PlatformServices,
        first_port: int,
        is_failed: Callable[[str], bool],
        log_: LogBook,
    ) -> None:
        """`is_failed` tells whether the Worker of a name does not start."""
        directories, find_workerd, node = machine.directories, machine.find_workerd, machine.node
        if node is None:
            self.kv = KvRuntime(directories, find_workerd, log_)
            self.d1 = D1Runtime(directories, find_workerd, log_)
        else:
            for_kv, for_d1 = f"platform/{KEY_VALUES}", "platform/d1"
            forget_kv, forget_d1 = (partial(node.forget_leases, each) for each in (for_kv, for_d1))
            self.kv = KvRuntime(directories, find_workerd, log_, node.membership(for_kv), forget_kv)
            self.d1 = D1Runtime(directories, find_workerd, log_, node.membership(for_d1), forget_d1)
        self.queues = QueuesRuntime(store, directories, find_workerd, is_failed, log_)
        self.r2 = R2Runtime(store, directories, find_workerd, machine.find_product_workers, log_)
        self.s3 = S3Runtime(store, machine, self.r2.runtime.ensure_running, first_port, log_)
        self.object_storage = ObjectStorage(
            store.account_id,
            self.s3.find_port,
            self.s3.serving_port,
            Authority(directories.home, AUTHORITY_FILE, AUTHORITY_NAME, within=HOST),
            lambda: ((bucket.name, bucket.jurisdiction) for bucket in store.r2.all()),
        )
        """What containers reach of R2."""
        self.s3.changed = self.object_storage.refresh

    @property
    def by_binding(self) -> Mapping[str, BindingRuntime]:
        """Type of a binding → what has to run before a Worker that has one."""
        return {
            "kv_namespace": BindingRuntime("the runtime of KV namespaces", self.kv.runtime.ensure_running),
            "d1": BindingRuntime("the runtime of D1 databases", self.d1.runtime.ensure_running),
            "queue": BindingRuntime("the runtime of queues", self.queues.runtime.ensure_running),
            # Longer, because its Worker may have to be downloaded.
            "r2_bucket": BindingRuntime(
                "the runtime of R2 buckets", self.r2.runtime.ensure_running, DOWNLOAD_SECONDS
            ),
        }

    async def start(self) -> None:
        """Run what runs without being asked for: consumers of queues, and the S3 interface if it is used.
        What does not start is logged.
        """
        for what, starting in (("queues do", self.queues.start), ("the S3 interface does", self.s3.start)):
            try:
                await starting()
            except PywranglerError as error:
                log.warning("%s not run: %s", what, error.message)

    async def changed(self, tables: frozenset[str]) -> None:
        """Run what the store says, after these tables were changed by another node."""
        if tables & QUEUE_TABLES:
            await self.queues.refresh()
        if tables & BUCKET_TABLES:
            await self.r2.refresh()
            await self.s3.refresh()

    def endings(self) -> Iterator[tuple[str, Awaitable[object]]]:
        """Each runtime with its end, in the order in which they have to end; await each before the next."""
        self.object_storage.close()
        yield "the runtime of KV namespaces", self.kv.runtime.close()
        yield "the S3 interface", self.s3.close()
        yield "the runtime of R2 buckets", self.r2.runtime.close()
        yield "the runtime of D1 databases", self.d1.runtime.close()
        yield "the runtime of queues", self.queues.close()

    def problems(self) -> Sequence[str]:
        """Why a runtime does not run, for each that should."""
        runtimes = (
            self.kv.runtime, self.r2.runtime, self.d1.runtime, self.queues.runtime, self.s3.runtime
        )  # fmt: skip
        return [each.problem for each in runtimes if each.problem]
