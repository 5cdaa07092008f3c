"""One Worker of a run of `dev`: what was read of it, its parts, and bringing changes of them in."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.connection import DevPlatform
from pywrangler.commands.dev.deploying import PortTakenError, WorkerDeploys
from pywrangler.commands.dev.events import OWN, DevEvent, EventType
from pywrangler.commands.dev.images import Built, ImageJobs, units_of
from pywrangler.commands.dev.inputs import Kind, WorkerPart, describe_paths, needs_of, touched
from pywrangler.commands.dev.options import DevOptions
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.dev.project import DevProject, Reading
from pywrangler.commands.dev.walking import content_of, directories, fingerprint
from pywrangler.commands.dev.watching import Watcher
from pywrangler.errors import ApiError, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.deploy.bundle.bundling import Bundle

SETTLED_NS = 20_000_000
"""The system's times of changes are as coarse as this."""


class DevWorker:
    """The state of one Worker. All but what is passed to threads happens in the main thread."""

    def __init__(
        self,
        run: Invocation,
        given: DevOptions,
        platform: DevPlatform,
        output: Output,
        console: DevConsole,
        *,
        report: Callable[[DevWorker, set[Path] | Built], None],
        all_workers: Sequence[DevWorker],
    ) -> None:
        """`report` takes changed paths and images from threads; the empty set says that any file may have
        changed. `all_workers` of the run are deployed in their order.
        """
        self._run = run
        self._output = output
        self._console = console
        self._report = report
        self._all_workers = all_workers
        self._project = DevProject(run, given, console)
        self._watcher = Watcher(lambda paths: report(self, paths), console.warning)
        self._jobs = ImageJobs(lambda built: report(self, built))
        self.deploys = WorkerDeploys(platform, output, console)
        self._parts: list[WorkerPart] = []
        self._fingerprints: dict[tuple[Kind, str], str] = {}
        self._reading: Reading | None = None
        self._inputs: tuple[Path, ...] = ()
        self._bundle: Bundle | None = None
        """The bundle of what is deployed; None if the newest deploy failed."""
        self._has_failed = False
        """Whether the newest bundle failed."""
        self._has_reading_failed = False
        """Whether the newest reading of the project failed."""
        self._is_waiting = False
        """Whether a deploy of all waits for images."""
        self._is_pending = False
        """Whether the first deploy waits for the Workers before this one."""
        self.is_settled = False
        """Whether the Worker was deployed once, or something was wrong with it."""
        self.was_refused = False
        """Whether the platform refused the newest deploy."""
        self._is_wrong = False
        """Whether the newest reading, bundle or deploy failed."""
        self._stale: set[str] = set()
        """Applications whose image must be built."""

    @property
    def shown_file(self) -> str:
        """The configuration's file as seen from the working directory."""
        return os.path.relpath(self._run.project.required_file, self._run.directory)

    @property
    def name(self) -> str | None:
        """The Worker's name, once its configuration was read."""
        return self._reading.configuration.name if self._reading is not None else None

    def require_file(self) -> None:
        """Raise `UsageError` if there is no configuration."""
        _ = self._run.project.required_file

    def begin(self) -> None:
        """Read the project, and deploy it."""
        self._read_again()

    def rebuild(self) -> None:
        """Build, bundle and deploy everything again."""
        self._stale = {part.name for part in self._parts if part.kind is Kind.IMAGE}
        self._read_again()

    def proceed(self) -> None:
        """Do the first deploy if it waited for other Workers, and they are deployed now."""
        if self._is_pending and not self._is_waiting:
            self._deploy(runs_build=True)

    def retry(self) -> None:
        """Deploy again what the platform refused: another Worker has what was missing now, perhaps."""
        if self.was_refused and not self._is_waiting:
            self._deploy(runs_build=False, bundle=None)

    def end(self) -> None:
        """Watch and build nothing any more, and put back what was deployed before."""
        self._watcher.close()
        self._jobs.close()
        self.deploys.end()

    # What comes in

    def look(self, paths: Iterable[Path]) -> None:
        """Bring in what really changed of the parts that the paths concern; without paths, of all."""
        changed_paths = list(paths)
        parts = touched(self._parts, changed_paths) if changed_paths else self._parts
        changed = [part for part in parts if self._take_fingerprint(part)]
        if any(part.kind is Kind.IMAGE for part in changed):
            self._set_parts()  # an ignore file may be among the changes
        if not self._watcher.is_watching(directories(self._parts)):
            self._watch()
        if not changed:
            return
        self._console.begin_change()
        what = describe_paths(
            (path for path in changed_paths if any(part.is_touched_by(path) for part in changed)),
            self._run.project.required_file.parent,
        )
        if what:
            self._output.show(DevEvent(EventType.CHANGE, f"Changed: {what}", self._console.source))
        self._bring_in(changed)

    def _bring_in(self, changed: list[WorkerPart]) -> None:
        needs = needs_of(changed)
        self._stale |= needs.images
        if self._reading is None or needs.everything:
            self._read_again()
            return
        if self._is_waiting and not self._stale:
            return  # a deploy of all comes
        if not self.deploys.is_deployed:
            self._deploy_when_built(runs_build=True)
            return
        if needs.code and not self._is_waiting:
            self._deploy(runs_build=needs.build_command)
        if self._stale:
            self._build_images()

    def _read_again(self) -> None:
        """Read the configuration, and deploy all of it."""
        self._set_parts()
        # What it is made of differs by the result, and is looked at before, so that no change is lost.
        before = {
            failed: self._fingerprint(self._project.configuration_part(has_failed=failed))
            for failed in (False, True)
        }
        try:
            self._reading = self._read()
            self._has_reading_failed = False
            self._fingerprints[Kind.CONFIGURATION, ""] = before[False]
        except PywranglerError as error:
            self._has_reading_failed = self._is_wrong = True
            self._fingerprints[Kind.CONFIGURATION, ""] = before[True]
            self._fail(error)
            self._set_parts()
            self._watch()
            return
        self._set_parts()
        for part in self._parts:
            if (part.kind, part.name) not in self._fingerprints:
                self._take_fingerprint(part)
        self._watch()
        self._deploy_when_built(runs_build=True)

    def _read(self) -> Reading:
        found = self._project.read()
        name, file = found.configuration.name, self.shown_file
        for other in self._all_workers:
            if other is not self and other.name == name:
                raise UsageError(
                    f"`{other.shown_file}` and `{file}` both are the Worker `{name}`.",
                    hint="Change the `name` of one of them.",
                )
        if len(self._all_workers) > 1:
            self._console.source = f"{OWN}/{name}"
        return found

    def _deploy_when_built(self, *, runs_build: bool) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        self._stale |= self.deploys.unknown_images(self._reading)
        if self._stale:
            self._is_waiting = True
            self._build_images()
        else:
            self._deploy(runs_build=runs_build)

    def _build_images(self) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        reading, names = self._reading, self._stale
        containers = [each for each in units_of(reading.configuration) if each.name in names]
        self._stale = set()
        if containers:
            self._jobs.begin(containers, lambda: self.deploys.image_maker(reading))

    def take_images(self, built: Built) -> None:
        """Deploy what a job made, or show why it failed."""
        if not self._jobs.take(built):
            return
        if built.bug is not None:
            raise built.bug
        if built.error is not None:
            self._fail(built.error)
            return
        is_new = self.deploys.learn_images(built.references)
        if self._is_waiting:
            self._is_waiting = False
            self._deploy(runs_build=True)
        elif is_new:
            self._deploy(runs_build=False, bundle=self._bundle)

    def _deploy(self, *, runs_build: bool, bundle: Bundle | None = None) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        self._is_pending = not self.is_settled and not self._is_its_turn()
        if self._is_pending:
            return
        reading = self._reading
        self.was_refused = False
        before = {file: content_of(file) for part in self._code_parts() for file in part.files}
        try:
            self._bundle = self.deploys.deploy(reading, runs_build=runs_build, bundle=bundle)
            begun_ns = self.deploys.bundled_at_ns
            self._inputs, self._has_failed = self._bundle.inputs, False
            self.is_settled = True
            self._tell_of_correction()
        except PortTakenError:
            raise
        except PywranglerError as error:
            self._bundle, self._has_failed = None, self.deploys.has_bundle_failed
            self.was_refused, self._is_wrong = isinstance(error, ApiError), True
            begun_ns = self.deploys.bundled_at_ns
            self._fail(error)
        self._set_parts()
        if bundle is None:
            self._settle(begun_ns, before)
        if not self._watcher.is_watching(directories(self._parts)):
            self._watch()

    def _is_its_turn(self) -> bool:
        before = itertools.takewhile(lambda each: each is not self, self._all_workers)
        return all(each.is_settled for each in before)

    def _settle(self, begun_ns: int, before: dict[Path, str]) -> None:
        """Remember the code that was bundled. Where a file changed since then, have it looked at again; what
        was there `before` is not looked at again.
        """
        for part in self._code_parts():
            self._take_fingerprint(part)
            late = frozenset(
                file
                for file in part.files
                if (content_of(file) != before[file] if file in before else self._is_recent(file, begun_ns))
            )
            if late:
                self._fingerprints[part.kind, part.name] = ""
                self._report(self, set(late))

    def _is_recent(self, file: Path, begun_ns: int) -> bool:
        """Whether a file may have changed, or gone, since it was bundled."""
        try:
            status = file.stat()
        except OSError:
            return file in self._inputs
        return max(status.st_mtime_ns, status.st_ctime_ns) > begun_ns - SETTLED_NS

    def _code_parts(self) -> list[WorkerPart]:
        return [part for part in self._parts if part.kind is Kind.CODE]

    # Parts

    def _set_parts(self) -> None:
        self._parts = self._project.parts(
            self._reading,
            self._inputs,
            has_failed=self._has_failed,
            has_reading_failed=self._has_reading_failed,
        )

    def _take_fingerprint(self, part: WorkerPart) -> bool:
        """Whether the part changed since this was asked before."""
        key, now = (part.kind, part.name), self._fingerprint(part)
        before, self._fingerprints[key] = self._fingerprints.get(key), now
        return before != now

    def _fingerprint(self, part: WorkerPart) -> str:
        from pywrangler.toolchain import cache_directory

        return fingerprint(part, cache_directory(self._run.environment))

    def _watch(self) -> None:
        """Watch the directories of the parts, and look at what changed before they were watched."""
        self._watcher.watch(directories(self._parts))
        self._report(self, set())

    def _tell_of_correction(self) -> None:
        """Say that a mistake is corrected, if nothing else is to be said: an update says so by itself."""
        if self._is_wrong and self.deploys.is_unchanged and not self._has_reading_failed:
            self._console.info(f"The mistake is corrected. {self.name} is what it was before.")
        self._is_wrong = self._has_reading_failed

    def _fail(self, error: PywranglerError) -> None:
        self.is_settled = True
        from pywrangler.commands.doctor.cures import explain

        explain(self._run, error)
        self._console.error(error)
        if not self.deploys.is_deployed:
            self._console.info("Waiting for a change.")
