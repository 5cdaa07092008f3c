"""Deploys a project to the local platform again and again, and ends what that started."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pywrangler.commands.dev.before import NOTE, Before, look, put_back
from pywrangler.commands.dev.connection import DevPlatform
from pywrangler.commands.dev.events import DevEvent, EventType
from pywrangler.commands.dev.images import KnownImages, units_of
from pywrangler.commands.dev.options import DevOptions
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.dev.project import Reading
from pywrangler.commands.dev.streams import Streams
from pywrangler.deploy.readiness.rollouts import Begun
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Container
    from pywrangler.deploy.bundle.bundling import Bundle
    from pywrangler.deploy.deployment import DeployImages, Outcome
    from pywrangler.deploy.images.builds import Builds
    from pywrangler.deploy.plan import Plan


QUIET_SECONDS = 1.0
"""How long after instances were replaced a further one is started."""


class PortTakenError(PywranglerError):
    """The port of the command line belongs to another program."""

    code = "port-taken"


class WorkerDeploys:
    """What is deployed of one Worker."""

    def __init__(self, platform: DevPlatform, output: Output, console: DevConsole) -> None:
        self._platform = platform
        self._output = output
        self._console = console
        self._images: dict[str, str] = {}
        self._before: dict[str, Before] = {}
        self._port: int | None = None
        """Where the Worker must listen: the command line says so."""
        self._reading: Reading | None = None
        self._settled: Reading | None = None
        self._containers: tuple[Container, ...] = ()
        self._worker: str | None = None
        self._applications: dict[str, dict[str, Any]] = {}
        self._number = 0
        self._deploying = threading.Lock()
        """Held while a deploy is made."""
        self._url = ""
        self.bundled_at_ns = 0
        """When the newest bundle was begun."""
        self.has_bundle_failed = False
        self.is_unchanged = False
        """Whether the newest deploy changed nothing."""
        self._streams = self._new_streams()
        platform.reconnected.append(self._follow_again)

    @property
    def is_deployed(self) -> bool:
        """Whether this run has deployed the Worker."""
        return self._worker is not None

    @property
    def count(self) -> int:
        """How many deploys there were."""
        return self._number

    @property
    def workers(self) -> set[str]:
        """The Workers that this run changed."""
        return set(self._before)

    @property
    def client(self) -> Client:
        """The platform's client."""
        return self._platform.client

    def check_port(self, given: DevOptions) -> None:
        """Raise `PortTakenError` if the command line names the port of another program."""
        from pywrangler.cloudflare import local

        self._port = given.port
        if not given.port or is_free(given.port, given.ip):
            return
        ours = {each["port"]: each["name"] for each in local.status(self.client)["workers"]}
        if given.port not in ours:
            raise PortTakenError(
                f"Port {given.port} is already in use by another program.",
                hint="End that program, or name another port with `--port`. `--port 0` takes any free one.",
            )

    # Images

    def unknown_images(self, reading: Reading) -> set[str]:
        """The images of the configuration that were not made yet, by the names of `image_units`."""
        return {unit.name for unit in units_of(reading.configuration)} - set(self._images)

    def image_maker(self, reading: Reading) -> tuple[Builds, DeployImages]:
        """What builds or pulls images, for one job."""
        from pywrangler.commands.deploy.deployments import builds_of, images_of

        builds = builds_of(reading.run, reading.request)
        return builds, images_of(reading.run, reading.request, builds, self.client, self._console.progress())

    def learn_images(self, references: Mapping[str, str]) -> bool:
        """Take over what a job made; whether that differs from before."""
        before = dict(self._images)
        self._images |= references
        return before != self._images

    # Deploys

    def deploy(self, reading: Reading, *, runs_build: bool, bundle: Bundle | None = None) -> Bundle:
        """Deploy what is read, with the images that are known, and with the `bundle`, if it is still what the
        code gives. Raises `PywranglerError`.
        """
        try:
            return self._deploy(reading, runs_build=runs_build, bundle=bundle)
        except ApiError as error:
            if error.status:
                raise
            self._console.warning("The local platform ended. It is started again.")
            self._platform.connect_again()
            return self._deploy(reading, runs_build=runs_build, bundle=bundle)

    def _new_streams(self) -> Streams:
        return Streams(self._output.show, shows_all=self._console.as_json)

    def _follow_again(self) -> None:
        """The platform is another process now."""
        self._streams.close()
        self._streams = self._new_streams()
        if self._worker is not None:
            self._follow()

    def _deploy(self, reading: Reading, *, runs_build: bool, bundle: Bundle | None) -> Bundle:
        from pywrangler.commands.deploy.fuse import settle_fuse
        from pywrangler.deploy.applications.plan import KeepApplication
        from pywrangler.deploy.deployment import Cloud, Deployment

        begin = time.monotonic()
        made: list[Bundle] = []
        name = reading.configuration.name
        if reading is not self._settled:
            request = reading.request
            settle_fuse(
                reading.run, self.client, request.configuration, request.allow_fuse, request.deny_fuse
            )
            self._settled = reading
        if self._worker not in (None, name):
            self._leave_former()
        if name not in self._before:
            self._before[name] = look(self.client, name)
        options = replace(reading.request.options, proves_images=False)
        if not self._platform.keeps:
            options = replace(options, annotations={NOTE: self._before[name].as_text()})
        cloud = Cloud(self.client, KnownImages(self._images), None, is_local=True)
        bundler = self._bundler(reading, made, runs_build=runs_build)
        if bundle is not None:
            made.append(bundle)
            # Images that a class chooses from belong to the version.
            is_managed = any(each.is_managed for each in reading.configuration.containers)
            options = replace(options, images_only=not is_managed)
        deployment = Deployment(reading.configuration, options, cloud, bundler, DevReporter(self._console))
        with self._deploying:
            outcome = deployment.run()
            self._number += 1
        is_first = self._worker is None
        self._worker = reading.configuration.name
        self._applications = {name: dict(each) for name, each in outcome.applications.items()}
        self._follow()
        self._tell(outcome, time.monotonic() - begin, is_first=is_first)
        if is_first or any(not isinstance(each, KeepApplication) for each in outcome.plan.applications):
            self._bring_up(reading, outcome)
        return made[0]

    def _bundler(self, reading: Reading, made: list[Bundle], *, runs_build: bool) -> Callable[[], Bundle]:
        from pywrangler.commands.deploy.deployments import bundle_worker, run_build

        def make() -> Bundle:
            if made:
                return made[0]
            self.has_bundle_failed = True
            with self._console.progress() as progress:
                if runs_build:
                    run_build(reading.run, reading.configuration, progress)
                self.bundled_at_ns = time.time_ns()
                made.append(bundle_worker(reading.run, reading.request, progress))
            self.has_bundle_failed = False
            return made[0]

        return make

    def _follow(self) -> None:
        assert self._worker is not None  # noqa: S101 - deployed before
        self._streams.follow_worker(self.client, self._worker)
        for application in self._applications.values():
            self._streams.follow_application(self.client, application)

    def _tell(self, outcome: Outcome, seconds: float, *, is_first: bool) -> None:
        self.is_unchanged = outcome.plan.is_unchanged and not is_first
        if self.is_unchanged:
            return
        from pywrangler.cloudflare import local
        from pywrangler.deploy.worker.address import Address, exposure

        assert self._worker is not None  # noqa: S101 - deployed before
        found = local.worker(self.client, self._worker)
        if warning := exposure(Address(found["ip"], found["port"])):
            self._console.warning(warning)
        if is_first and self._port and found["port"] != self._port:
            raise PortTakenError(
                f"The Worker cannot listen on port {self._port}: it is already in use.",
                hint="Free the port, or name another one with `--port`. `--port 0` takes any free one.",
            )
        self._url = found["url"]
        done = f"{self._worker} answers at {self._url}" if is_first else f"{self._worker} is updated"
        fields: dict[str, Any] = {
            "url": self._url,
            "version": outcome.version_id,
            "seconds": round(seconds, 3),
        }
        fields["phases"] = outcome.seconds
        text = f"{done} ({seconds:.2f} s)."
        self._output.show(DevEvent(EventType.READY, text, self._console.source, fields=fields))

    def _bring_up(self, reading: Reading, outcome: Outcome) -> None:
        """Wait for rollouts and start an instance of each class, while other changes may come."""
        plan = outcome.plan
        self._reading = reading
        self._containers = tuple(each.container for each in plan.applications)
        rollouts = {**plan.unfinished, **outcome.rollouts}
        begun = {name: Begun(outcome.applications[name], each) for name, each in rollouts.items()}
        if not self._containers:
            return
        # Instances that are in use start again by the next requests, and must not wait for one that is not.
        pause = QUIET_SECONDS if begun else 0.0
        self._in_background(self._number, lambda: self._wait(reading, self._containers, begun, pause))

    def _in_background(self, number: int, call: Callable[[], list[Any]]) -> None:
        """Show what the call returns and raises, unless another deploy was made meanwhile. One that is being
        made restarts the runtime, which fails the call.
        """

        def run() -> None:
            try:
                failures = call()
            except PywranglerError as error:
                failures = [error]
            with self._deploying:
                is_newest = number == self._number
            if is_newest:
                for failure in failures:
                    self._console.error(failure)

        threading.Thread(target=run, daemon=True).start()

    def _wait(
        self,
        reading: Reading,
        containers: tuple[Container, ...],
        begun: Mapping[str, Begun],
        pause_seconds: float = 0.0,
    ) -> list[Any]:
        time.sleep(pause_seconds)
        from pywrangler.deploy.readiness.readiness import BringUpReadiness

        console = self._console
        readiness = BringUpReadiness(
            self.client,
            console.progress().task,
            reading.request.wait_seconds,
            say=console.info,
            warn=console.warning,
        )
        return list(readiness.wait(replace(reading.configuration, containers=containers), begun))

    # Keys

    def restart_containers(self) -> bool:
        """End the containers, and start one of each class again; the others start when they are called.
        Returns whether there are any.
        """
        reading = self._reading
        if self._worker is None or reading is None or not self._applications:
            return False
        worker, number = self._worker, self._number
        self._console.info("Restarting containers.")

        def restart() -> list[Any]:
            from pywrangler.cloudflare import local

            local.stop_containers(self.client, worker)
            return self._wait(reading, self._containers, {})

        self._in_background(number, restart)
        return True

    def open_browser(self) -> None:
        """Open the Worker's address."""
        import webbrowser

        if self._url:
            threading.Thread(target=webbrowser.open, args=(self._url,), daemon=True).start()

    def open_dashboard(self) -> None:
        """Open the platform's page, and show its link, which a browser elsewhere on this machine may need."""
        import webbrowser

        from pywrangler.cloudflare.local import dashboard_link

        link = dashboard_link(self.client)
        self._console.info(f"Dashboard: {link}")
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    # The end

    def end(self) -> None:
        """Put back what this run changed."""
        self._number += 1
        self._streams.close()
        if self._platform.keeps:
            return
        try:
            for name, before in self._before.items():
                put_back(self.client, name, before)
        except ApiError as error:
            if error.status:  # otherwise the platform is gone, with everything
                self._console.error(error)
        except PywranglerError as error:
            self._console.error(error)

    def _leave_former(self) -> None:
        """The configuration has another name now: what was deployed under the former one ends."""
        assert self._worker is not None  # noqa: S101 - deployed before
        former, self._worker = self._worker, None
        if not self._platform.keeps:
            put_back(self.client, former, self._before.pop(former))
        self._streams.close()
        self._streams = self._new_streams()


class DevReporter:
    """Says of a deploy only what is not usual."""

    def __init__(self, console: DevConsole) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """A step begins."""
        self._console.debug(text)

    def warn(self, text: str) -> None:
        """Something is deployed in an unexpected way."""
        self._console.warning(text)

    def planned(self, plan: Plan) -> None:
        """This is what changes."""
        for line in plan.lines():
            self._console.debug(line)


def is_free(port: int, ip: str | None) -> bool:
    """Whether a program may listen on this port; also True if the address itself cannot be used."""
    host = "127.0.0.1" if ip in (None, "localhost", "*") else str(ip)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True
