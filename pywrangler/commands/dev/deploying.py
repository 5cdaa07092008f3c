"""Deploys a project to the local platform again and again, and ends what that started."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.before import NOTE, Before, look, put_back
from pywrangler.commands.dev.events import DevEvent, EventType
from pywrangler.commands.dev.images import KnownImages
from pywrangler.commands.dev.options import DevOptions
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.dev.project import Reading
from pywrangler.commands.dev.streams import Streams
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.deploy.bundle.bundling import Bundle
    from pywrangler.deploy.deployment import DeployImages, Outcome
    from pywrangler.deploy.images.builds import Builds
    from pywrangler.deploy.plan import Plan


class Deployer:
    """What is deployed, and the connection to the platform."""

    def __init__(self, run: Invocation, output: Output, console: DevConsole) -> None:
        self._run = run
        self._output = output
        self._console = console
        self._images: dict[str, str] = {}
        self._others: dict[str, str] | None = None
        """The other Workers with their versions, where this run has started the platform."""
        self._before: dict[str, Before] = {}
        self._keeps = False
        self._worker: str | None = None
        self._applications: dict[str, dict[str, Any]] = {}
        self._number = 0
        self._url = ""
        self._client: Client | None = None
        self.bundled_at_ns = 0
        """When the newest bundle was begun."""
        self.has_bundle_failed = False
        self._streams = Streams(output.show, shows_all=console.as_json)

    @property
    def is_deployed(self) -> bool:
        """Whether this run has deployed the Worker."""
        return self._worker is not None

    @property
    def client(self) -> Client:
        """The platform's client."""
        assert self._client is not None  # noqa: S101 - connected first
        return self._client

    def connect(self, given: DevOptions) -> None:
        """Find or start the platform. Raises `PywranglerError`."""
        from pywrangler.commands.context.clients import platform_client
        from pywrangler.local.client.finding import find
        from pywrangler.local.client.starting import find_or_start

        found = find(self._run.environment)
        status = found or find_or_start(self._run.environment)
        self._client = platform_client(status, self._console.debug)
        self._keeps = given.keep
        if found is None:
            self._others = self._versions()

    # Images

    def unknown_images(self, reading: Reading) -> set[str]:
        """The applications of the configuration whose image was not made yet."""
        return {container.name for container in reading.configuration.containers} - set(self._images)

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

    def deploy(self, reading: Reading, *, runs_build: bool) -> Bundle:
        """Deploy what is read, with the images that are known. Raises `PywranglerError`."""
        from pywrangler.deploy.applications.plan import KeepApplication
        from pywrangler.deploy.deployment import Cloud, Deployment

        begin = time.monotonic()
        made: list[Bundle] = []
        name = reading.configuration.name
        if self._worker not in (None, name):
            self._leave_former()
        if name not in self._before:
            self._before[name] = look(self.client, name)
        options = reading.request.options
        if not self._keeps:
            options = replace(options, annotations={NOTE: self._before[name].as_text()})
        cloud = Cloud(self.client, KnownImages(self._images), None, is_local=True)
        bundler = self._bundler(reading, made, runs_build=runs_build)
        deployment = Deployment(reading.configuration, options, cloud, bundler, DevReporter(self._console))
        outcome = deployment.run()
        is_first = self._worker is None
        self._worker = reading.configuration.name
        self._applications = {name: dict(each) for name, each in outcome.applications.items()}
        self._number += 1
        self._follow()
        self._tell(outcome, time.monotonic() - begin, is_first=is_first)
        if is_first or any(not isinstance(each, KeepApplication) for each in outcome.plan.applications):
            self._bring_up(reading, outcome)
        return made[0]

    def _bundler(self, reading: Reading, made: list[Bundle], *, runs_build: bool) -> Callable[[], Bundle]:
        from pywrangler.commands.deploy.deployments import bundle_worker, run_build

        def make() -> Bundle:
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
        if outcome.plan.is_unchanged and not is_first:
            return
        from pywrangler.cloudflare import local
        from pywrangler.deploy.worker.address import Address, exposure

        assert self._worker is not None  # noqa: S101 - deployed before
        found = local.worker(self.client, self._worker)
        if warning := exposure(Address(found["ip"], found["port"])):
            self._console.warning(warning)
        self._url = found["url"]
        done = f"{self._worker} answers at {self._url}" if is_first else f"{self._worker} is updated"
        fields = {"url": self._url, "version": outcome.version_id, "seconds": round(seconds, 3)}
        self._output.show(DevEvent(EventType.READY, f"{done} ({seconds:.2f} s).", fields=fields))

    def _bring_up(self, reading: Reading, outcome: Outcome) -> None:
        """Wait for rollouts and start an instance of each class, while other changes may come."""
        if not reading.configuration.containers:
            return
        number = self._number

        def run() -> None:
            try:
                failures: list[Any] = list(self._wait(reading, outcome))
            except PywranglerError as error:
                failures = [error]
            if number == self._number:
                for failure in failures:
                    self._console.error(failure)

        threading.Thread(target=run, daemon=True).start()

    def _wait(self, reading: Reading, outcome: Outcome) -> list[Any]:
        from pywrangler.deploy.readiness.readiness import BringUpReadiness
        from pywrangler.deploy.readiness.rollouts import Begun

        console = self._console
        readiness = BringUpReadiness(
            self.client,
            console.progress().task,
            reading.request.wait_seconds,
            say=console.info,
            warn=console.warning,
        )
        plan = outcome.plan
        here = replace(reading.configuration, containers=tuple(each.container for each in plan.applications))
        rollouts = {**plan.unfinished, **outcome.rollouts}
        begun = {name: Begun(outcome.applications[name], each) for name, each in rollouts.items()}
        return list(readiness.wait(here, begun))

    # Keys

    def restart_containers(self) -> None:
        """End the containers; their Durable Objects start them again."""
        self._console.info("Restarting containers.")

    def open_browser(self) -> None:
        """Open the Worker's address."""
        import webbrowser

        if self._url:
            threading.Thread(target=webbrowser.open, args=(self._url,), daemon=True).start()

    # The end

    def end(self) -> None:
        """End what this run started, and put back what it changed."""
        self._number += 1
        self._streams.close()
        if self._client is None:
            return
        try:
            if not self._keeps:
                for name, before in self._before.items():
                    put_back(self.client, name, before)
            if self._others is not None and not self._keeps and self._versions_of_others() == self._others:
                from pywrangler.local.client.stopping import stop

                stop(self._run.environment)
        except ApiError as error:
            if error.status:  # otherwise the platform is gone, with everything
                self._console.error(error)
        except PywranglerError as error:
            self._console.error(error)

    def _leave_former(self) -> None:
        """The configuration has another name now: what was deployed under the former one ends."""
        assert self._worker is not None  # noqa: S101 - deployed before
        former, self._worker = self._worker, None
        if not self._keeps:
            put_back(self.client, former, self._before.pop(former))
        self._streams.close()
        self._streams = Streams(self._output.show, shows_all=self._console.as_json)

    def _versions(self) -> dict[str, str]:
        from pywrangler.cloudflare import local

        return {each["name"]: each["version_id"] for each in local.status(self.client)["workers"]}

    def _versions_of_others(self) -> dict[str, str]:
        ours = self._before
        others = {name: version for name, version in self._versions().items() if name not in ours}
        assert self._others is not None  # noqa: S101 - asked before
        return others | {name: version for name, version in self._others.items() if name in ours}


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
