"""The life of the platform's process: the order of its start and its stop."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

from pywrangler.credentials.platform_key import load_or_create
from pywrangler.credentials.vault_process import separate_vault
from pywrangler.engine.address import find_engine
from pywrangler.errors import MissingError, UsageError
from pywrangler.local import processes
from pywrangler.local.cluster.settings import read_settings
from pywrangler.local.cluster.tokens import JoinTokens
from pywrangler.local.daemon.api_address import ApiListeners, listen, port_of
from pywrangler.local.daemon.bindings.api import BindingsApi
from pywrangler.local.daemon.bindings.browsers import Browsers, end_left_browsers
from pywrangler.local.daemon.bindings.data_points import DataPoints
from pywrangler.local.daemon.bindings.outbox import Outbox
from pywrangler.local.daemon.bindings.previews import Previews
from pywrangler.local.daemon.cleanup.former import end_former, find_former
from pywrangler.local.daemon.cluster.answers import NodeAnswers
from pywrangler.local.daemon.cluster.api import NodeApi, listen_for_nodes
from pywrangler.local.daemon.cluster.control import ClusterControl
from pywrangler.local.daemon.cluster.founding import check_cluster, forget_cluster
from pywrangler.local.daemon.cluster.instances import ClusterInstances
from pywrangler.local.daemon.cluster.node import ClusterNode, joining
from pywrangler.local.daemon.cluster.shared_state import SharedState, shared_state
from pywrangler.local.daemon.cluster.tunnels import TunnelDoors
from pywrangler.local.daemon.directories import open_directories
from pywrangler.local.daemon.ecr_tokens import EcrTokens
from pywrangler.local.daemon.home import Home
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.daemon.logs.capture import ContainerCapture
from pywrangler.local.daemon.logs.container_logs import ContainerLogs
from pywrangler.local.daemon.logs.logbooks import LogBookHandler, LogBooks, StandardErrorHandler
from pywrangler.local.daemon.moving.exporting import Exporter
from pywrangler.local.daemon.moving.importing import complete_import
from pywrangler.local.daemon.own_registry import make_registry, source_in
from pywrangler.local.daemon.platform import Platform
from pywrangler.local.daemon.privileges import FusePrivilege, read_fuse_applications
from pywrangler.local.daemon.sleep.sleeper import read_idle_seconds
from pywrangler.local.daemon.steps import Steps
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.location import read_location
from pywrangler.local.daemon.workers.ports import LAST_PORT, LOOPBACK
from pywrangler.local.daemon.workers.private_api import PrivateApi
from pywrangler.local.daemon.workers.r2_events import R2Events
from pywrangler.local.gateway.reconcile import reconcile, sweep
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.protocol import DEFAULT_WORKER_PORT, WORKER_PORT_VARIABLE, Status, directory_id
from pywrangler.local.registry.server import RegistryServer
from pywrangler.local.rest.app import BASE, make_app
from pywrangler.local.rest.context import TakeTurn
from pywrangler.local.rest.operations import PlatformStatus
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.store import Store
from pywrangler.local.workerd.leftovers import end_leftovers, find_runtimes
from pywrangler.local.workerd.records import ProductWorkers
from pywrangler.sensitive import Sensitive
from pywrangler.toolchain import ensure, ensure_product_workers, ensure_remote_calls
from pywrangler.version import VERSION

log = logging.getLogger(__name__)

KEPT_INSTANCES_SECONDS = 7 * 24 * 3600.0
"""Records of instances that ended longer ago are dropped at start."""
ENGINE_SECONDS = 15.0
"""How long the engine may take to list the platform's containers. After that it counts as absent."""
STATE_SECONDS = 90.0
"""How long a node may take to get what other nodes did while it was away."""
SHUTDOWN_TIMEOUT_SECONDS = 5.0
"""How long requests to the REST API may take to finish when the platform stops."""


class Server:
    """One run of the platform."""

    def __init__(self, home: Path, environment: Mapping[str, str], *, is_watched: bool = False) -> None:
        self._is_watched = is_watched
        """Whether a service manager keeps what the process writes to standard error."""
        self._home = home
        self._environment = environment
        self._directories = open_directories(home, environment)
        self._lock = PlatformLock(self._directories.lock)
        self._cluster = read_settings(home, environment)
        self._steps = Steps()

    def take_lock(self) -> bool:
        """Take the home's lock. Whether this process is its platform from now on."""
        return self._lock.take()

    async def run(self, arrange_stop: Callable[[Platform], None] | None = None) -> None:
        """Serve until asked to stop. Raises `PywranglerError` if a part does not start.

        `arrange_stop` has something set `platform.stopping`, else the signals of this process do. Only a main
        thread can take signals.
        """
        logs, step = LogBooks(self._directories), self._steps.step
        _send_logging_to(logs, also_to_stderr=self._is_watched)
        with step("ending what a former platform left", 20):
            self._directories.unfinished.touch(mode=0o600)
            await asyncio.to_thread(end_former, find_former(self._home))
            await asyncio.to_thread(end_left_browsers, self._directories.browsers)
            for file in await asyncio.to_thread(end_leftovers, self._home):
                log.warning("Ended the workerd of %s, which a former platform left.", file.parent.name)
        with step("completing an import", 20):
            await asyncio.to_thread(complete_import, self._home)
        leaving = asyncio.Event()
        async with AsyncExitStack() as stack:
            node, shared = None, None
            if self._cluster is None:
                with step("reading the key of the platform", 20):
                    key = await asyncio.to_thread(load_or_create, self._home, separate_vault())
                with step("opening the database", 15):
                    store = Store.open(self._home, key)
                stack.callback(store.close)
            else:
                node = await stack.enter_async_context(joining(self._cluster, leaving))
                with step("removing the containers of a former run", ENGINE_SECONDS + 5):
                    # Before the bucket is needed: their Durable Objects may be on other nodes by now.
                    await sweep(find_engine(self._environment), node.platform_id)
                with step("reading the state of the cluster", STATE_SECONDS):
                    await check_cluster(node.bucket, node.settings)
                    shared = await stack.enter_async_context(shared_state(node, self._home))
                store = shared.store
            with step("opening the ports of the API and the registry", 5):
                listening = listen(self._home)
            with step("preparing the image registry", 15):
                registry = make_registry(
                    self._home, listening, store.account_id, store.applications.needed_images
                )
            with step("looking at the containers", ENGINE_SECONDS + 5):
                platform = await self._make_platform(store, logs, registry, node, shared)
            (arrange_stop or _stop_on_signals)(platform)
            home = Home(self._directories, self._status(listening, store.account_id))
            # The order matters: clients connect as soon as the status file exists, and must be gone before
            # anything else ends.
            with step("serving", 10):
                private_api = PrivateApi(
                    store,
                    platform.worker_status,
                    platform.tell_events,
                    Outbox(self._directories, platform.say),
                    lambda name: self._directories.sockets(name).peers,
                    R2Events(store, platform.products.queues),
                    DataPoints(self._directories.analytics),
                    platform.wake,
                )
                await stack.enter_async_context(private_api.serve(self._directories.shared_sockets.platform))
                browsers = Browsers(self._directories.browsers, self._environment)
                await stack.enter_async_context(browsers.running())
                previews = Previews(self._find_remote_calls)
                bindings_api = BindingsApi(store, self._home, browsers, previews, platform.say)
                await stack.enter_async_context(bindings_api.serve(self._directories.shared_sockets.bindings))
                stack.callback(home.finish)
                stack.push_async_callback(self._end_everything, platform)
                control = ClusterControl(self._home, store, node, platform.stopping.set, leaving)
                if node is not None and shared is not None:
                    told = NodeAnswers(shared, platform, node)
                    tokens = JoinTokens(self._home)
                    api = NodeApi(node.settings, tokens, told.answers(), told.streams(), told.open_stream)
                    settings = node.settings
                    await stack.enter_async_context(
                        api.serving(listen_for_nodes(settings.address, settings.port))
                    )
                await stack.enter_async_context(registry.serving(listening.registry))
                turns = shared.turns.hold if shared else None
                await stack.enter_async_context(
                    self._serve(store, platform, registry, listening, control, turns)
                )
                stack.callback(home.withdraw)
                home.announce()
            log.info("pywrangler %s serves %s.", VERSION, _url(listening))
            starting = asyncio.create_task(platform.start())
            if shared is not None:
                await stack.enter_async_context(
                    shared.following(platform.others_changed, platform.tell_nodes)
                )
            watching = asyncio.create_task(home.watch(lambda lost: _stop_since(platform, lost)))
            await platform.stopping.wait()
            log.info("Stopping.")
            platform.dismiss_followers()
            for task in (starting, watching):
                task.cancel()
            await asyncio.gather(starting, watching, return_exceptions=True)
        if leaving.is_set():
            forget_cluster(self._home)

    async def _end_everything(self, platform: Platform) -> None:
        """End the platform's parts, and every process of it that an error left behind."""
        await platform.close()
        for runtime in find_runtimes(lambda file: processes.is_below(file, self._home)):
            found = processes.stat_of(runtime.pid)
            if found and found.parent == os.getpid():
                processes.end(runtime.pid, runtime.begun, [(signal.SIGKILL, 1.0)])
        if not self._home.exists():
            # The directory for sockets may be elsewhere.
            shutil.rmtree(self._directories.runtime, ignore_errors=True)

    def _status(self, listening: ApiListeners, account_id: str) -> Status:
        pid = os.getpid()
        return Status(
            pid=pid,
            url=_url(listening),
            token=listening.token,
            account_id=account_id,
            version=VERSION,
            begun=processes.begun(pid) or "",
            folder=directory_id(self._home) or "",
        )

    async def _make_platform(
        self,
        store: Store,
        logs: LogBooks,
        registry: RegistryServer,
        node: ClusterNode | None,
        shared: SharedState | None,
    ) -> Platform:
        ledger = Ledger(store.instances)
        ledger.forget_before(time.time() - KEPT_INSTANCES_SECONDS)
        engine = find_engine(self._environment)
        output = ContainerCapture(engine, ledger, ContainerLogs(self._directories.container_logs, ledger))
        machine = PlatformServices(
            directories=self._directories,
            engine=engine,
            ledger=ledger,
            applications=store.applications,
            platform_id=node.platform_id if node else store.identity.platform_id,
            find_workerd=self._find_workerd,
            find_product_workers=self._find_product_workers,
            output=output,
            find_source=source_in(registry),
            fingerprint=partial(_fingerprint, store),
            location=read_location(self._environment),
            may_mount_fuse=FusePrivilege(read_fuse_applications(self._environment), store.fuse),
            snapshots=store.snapshots,
            node=node,
            images=shared.images(engine, source_in(registry)) if shared else None,
        )
        try:
            async with asyncio.timeout(ENGINE_SECONDS):
                if store.identity.relation == "moved":
                    # Their labels name the former directory, and a prune there would remove them.
                    await sweep(machine.engine, machine.platform_id)
                await output.catch_up(machine.platform_id)
                await reconcile(machine.engine, ledger, machine.applications, machine.platform_id)
        except MissingError as error:
            log.warning("Containers cannot be looked at: %s", error.message)
        except TimeoutError:
            log.warning(
                "Containers cannot be looked at: the engine took more than %.0f s for its responses.",
                ENGINE_SECONDS,
            )
        process = PlatformStatus(VERSION, os.getpid(), str(self._home), time.time())
        return Platform(
            store,
            machine,
            process,
            logs,
            first_worker_port(self._environment),
            registry,
            read_idle_seconds(self._environment),
            shared.turns if shared else None,
        )

    async def _find_workerd(self) -> Path:
        return (await asyncio.to_thread(ensure, self._environment)).workerd

    async def _find_product_workers(self) -> ProductWorkers:
        return ProductWorkers(await asyncio.to_thread(ensure_product_workers, self._environment))

    async def _find_remote_calls(self) -> Path:
        return await asyncio.to_thread(ensure_remote_calls, self._environment)

    @asynccontextmanager
    async def _serve(
        self,
        store: Store,
        platform: Platform,
        registry: RegistryServer,
        listening: ApiListeners,
        cluster: ClusterControl,
        turns: TakeTurn | None,
    ) -> AsyncIterator[None]:
        """Serve the REST API on loopback."""
        tokens = EcrTokens(self._environment)
        doors, nodes = TunnelDoors(self._directories.runtime), None
        if platform.others is not None:
            nodes = ClusterInstances(platform.instances, store.instances, platform.others, doors)
        runtimes = Runtimes(
            kv=platform.products.kv,
            objects=platform.products.r2,
            s3=platform.products.s3,
            databases=platform.products.d1,
            messages=platform.products.queues,
            registry=registry,
            nodes=nodes,
            instances=nodes or platform.instances,
            registry_tokens=tokens,
            usage=platform.usage,
            terminals=platform.terminals,
            exports=Exporter(store, self._home),
            cluster=cluster,
        )
        mounting = read_fuse_applications(self._environment)
        app = make_app(store, platform, listening.token, store.account_id, runtimes, mounting, turns)
        # Bodies stay as they are sent: a few compressed bytes could fill the memory, and an object of R2 is
        # stored with its encoding.
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_SECONDS, auto_decompress=False
        )
        await runner.setup()
        await web.SockSite(runner, listening.api).start()
        try:
            yield
        finally:
            await runner.cleanup()
            await doors.close()


def _url(listening: ApiListeners) -> str:
    return f"http://{LOOPBACK[4]}:{port_of(listening.api)}{BASE}"


def _stop_since(platform: Platform, lost: str) -> None:
    """End the platform, because no client can reach it any longer."""
    log.warning("The platform ends: %s", lost)
    platform.stopping.set()


def first_worker_port(environment: Mapping[str, str]) -> int:
    """The first port for Workers. Raises `UsageError` for an invalid port."""
    text = environment.get(WORKER_PORT_VARIABLE) or str(DEFAULT_WORKER_PORT)
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise UsageError(
            f"{WORKER_PORT_VARIABLE} is {text}, which is not a port.", hint="It is a number from 1 to 65535."
        )
    return int(text)


def _send_logging_to(logs: LogBooks, *, also_to_stderr: bool) -> None:
    root = logging.getLogger()
    root.handlers = [LogBookHandler(logs.platform)]
    if also_to_stderr:
        root.addHandler(StandardErrorHandler())
    root.setLevel(logging.INFO)
    # Its messages about malformed requests do not help a user.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _stop_on_signals(platform: Platform) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, platform.stopping.set)
    # Ignored, because the terminal that started the platform may close.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _fingerprint(store: Store, text: str) -> str | None:
    try:
        return store.secrets.fingerprint(Sensitive(text))
    except MissingError:
        return None
