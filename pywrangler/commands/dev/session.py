"""One run of `dev`: deploys, waits for changes, brings them in, and ends what it started."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.deploying import Deployer, PortTakenError
from pywrangler.commands.dev.events import DevEvent, EventType
from pywrangler.commands.dev.images import Built, ImageJobs
from pywrangler.commands.dev.inputs import Kind, WorkerPart, describe_paths, needs_of, touched
from pywrangler.commands.dev.keys import reading_keys
from pywrangler.commands.dev.options import DevOptions
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.dev.project import DevProject, Reading
from pywrangler.commands.dev.walking import content_of, directories, fingerprint
from pywrangler.commands.dev.watching import Watcher
from pywrangler.errors import ExitStatus, FollowingEndedError, PywranglerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pywrangler.deploy.bundle.bundling import Bundle

HELP = "Keys: r rebuild, x restart containers, o open, d dashboard, c clear, q quit."
SETTLED_NS = 20_000_000
"""The system's times of changes are as coarse as this."""


@dataclass(frozen=True)
class Changed:
    """Paths that changed; the empty set says that any may have."""

    paths: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class Pressed:
    """A key; an empty one says that the terminal is gone."""

    key: str


Incoming = Changed | Pressed | Built


class DevSession:
    """The state of the run. All but what is passed to threads happens in the main thread."""

    def __init__(self, run: Invocation, given: DevOptions) -> None:
        self._run = run
        self._given = given
        self._incoming: SimpleQueue[Incoming] = SimpleQueue()
        self._end_key: str | None = None
        self._output = Output(
            run.surroundings.stdout,
            as_json=given.as_json,
            is_fancy=run.console.is_fancy_output,
            lost=self._end_now,
        )
        self.console = DevConsole(
            self._output,
            run.console.level,
            run.console,
            stdout=run.surroundings.stdout,
            stderr=run.surroundings.stderr,
        )
        self._project = DevProject(run, given, self.console)
        self._watcher = Watcher(
            lambda paths: self._incoming.put(Changed(frozenset(paths))), self.console.warning
        )
        self._jobs = ImageJobs(self._incoming.put)
        self._deployer = Deployer(run, self._output, self.console)
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
        self._stale: set[str] = set()
        """Applications whose image must be built."""

    def run_to_the_end(self) -> int:
        """Run until the user ends it; the exit status."""
        self._run.project.required_file  # noqa: B018 - without a configuration there is nothing to wait for
        self._run.introduce_project()
        try:
            with reading_keys(self._run.surroundings.stdin, self._press) as has_keys:
                self._deployer.connect(self._given)
                self._deployer.check_port(self._given)
                self._begin(has_keys)
                while True:
                    self._handle(self._incoming.get())
        except KeyboardInterrupt:
            if self._end_key is None:
                raise FollowingEndedError from None
            return ExitStatus.OK
        finally:
            with _uninterrupted():
                self._watcher.close()
                self._jobs.close()
                self._deployer.end()

    def _begin(self, has_keys: bool) -> None:
        if has_keys and not self._given.as_json:
            self.console.info(HELP)
        _watch_pipe(self._run.surroundings.stdout, self._end_now)
        self._read_again()

    def _press(self, key: str) -> None:
        """From the thread that reads keys."""
        if key in ("q", "Q", "\x04"):
            self._end_key = key
            self._end_now()
        elif key == "":
            self._end_now()
        else:
            self._incoming.put(Pressed(key))

    def _end_now(self) -> None:
        """Interrupt the main thread, as Ctrl-C does."""
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # What comes in

    def _handle(self, incoming: Incoming) -> None:
        match incoming:
            case Changed():
                self._look(self._with_more(incoming).paths)
            case Pressed():
                self._obey(incoming.key)
            case Built():
                self._take_images(incoming)

    def _with_more(self, changed: Changed) -> Changed:
        """The changes with those that wait behind them; other things that wait are put back."""
        paths, is_any, others = set(changed.paths), not changed.paths, []
        with suppress(Empty):
            while True:
                following = self._incoming.get_nowait()
                if isinstance(following, Changed):
                    paths |= following.paths
                    is_any |= not following.paths
                else:
                    others.append(following)
        for each in others:
            self._incoming.put(each)
        return Changed(frozenset() if is_any else frozenset(paths))

    def _obey(self, key: str) -> None:
        match key.lower():
            case "r":
                self.console.info("Rebuilding everything.")
                self._stale = {part.name for part in self._parts if part.kind is Kind.IMAGE}
                self._read_again()
            case "x":
                self._deployer.restart_containers()
            case "o":
                self._deployer.open_browser()
            case "d":
                self._deployer.open_dashboard()
            case "c":
                self._output.clear()
            case "h" | "?":
                self.console.info(HELP)

    def _look(self, paths: Iterable[Path]) -> None:
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
        self.console.begin_change()
        what = describe_paths(
            (path for path in changed_paths if any(part.is_touched_by(path) for part in changed)),
            self._run.project.required_file.parent,
        )
        if what:
            self._output.show(DevEvent(EventType.CHANGE, f"Changed: {what}"))
        self._bring_in(changed)

    def _bring_in(self, changed: list[WorkerPart]) -> None:
        needs = needs_of(changed)
        self._stale |= needs.images
        if self._reading is None or needs.everything:
            self._read_again()
            return
        if self._is_waiting and not self._stale:
            return  # a deploy of all comes
        if not self._deployer.is_deployed:
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
            self._reading = self._project.read()
            self._has_reading_failed = False
            self._fingerprints[Kind.CONFIGURATION, ""] = before[False]
        except PywranglerError as error:
            self._has_reading_failed = True
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

    def _deploy_when_built(self, *, runs_build: bool) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        self._stale |= self._deployer.unknown_images(self._reading)
        if self._stale:
            self._is_waiting = True
            self._build_images()
        else:
            self._deploy(runs_build=runs_build)

    def _build_images(self) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        reading, names = self._reading, self._stale
        containers = [each for each in reading.configuration.containers if each.name in names]
        self._stale = set()
        if containers:
            self._jobs.begin(containers, lambda: self._deployer.image_maker(reading))

    def _take_images(self, built: Built) -> None:
        if not self._jobs.take(built):
            return
        if built.bug is not None:
            raise built.bug
        if built.error is not None:
            self._fail(built.error)
            return
        is_new = self._deployer.learn_images(built.references)
        if self._is_waiting:
            self._is_waiting = False
            self._deploy(runs_build=True)
        elif is_new:
            self._deploy(runs_build=False, bundle=self._bundle)

    def _deploy(self, *, runs_build: bool, bundle: Bundle | None = None) -> None:
        assert self._reading is not None  # noqa: S101 - read before
        reading = self._reading
        before = {file: content_of(file) for part in self._code_parts() for file in part.files}
        try:
            self._bundle = self._deployer.deploy(reading, runs_build=runs_build, bundle=bundle)
            begun_ns = self._deployer.bundled_at_ns
            self._inputs, self._has_failed = self._bundle.inputs, False
        except PortTakenError:
            raise
        except PywranglerError as error:
            self._bundle, self._has_failed = None, self._deployer.has_bundle_failed
            begun_ns = self._deployer.bundled_at_ns
            self._fail(error)
        self._set_parts()
        if bundle is None:
            self._settle(begun_ns, before)
        if not self._watcher.is_watching(directories(self._parts)):
            self._watch()

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
                self._incoming.put(Changed(late))

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
        self._incoming.put(Changed())

    def _fail(self, error: PywranglerError) -> None:
        self.console.error(error)
        if not self._deployer.is_deployed:
            self.console.info("Waiting for a change.")


def _watch_pipe(stream: object, lost: Callable[[], None]) -> None:
    """Call `lost` when the program that reads our output has closed the pipe."""
    import select
    import stat

    try:
        number = stream.fileno()  # type: ignore[attr-defined]
        if not (stat.S_ISFIFO(os.fstat(number).st_mode) or stat.S_ISSOCK(os.fstat(number).st_mode)):
            return
        poll = select.poll()
        poll.register(number, 0)
    except (OSError, ValueError, AttributeError):
        return

    def wait() -> None:
        while not any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll()):
            time.sleep(1)
        lost()

    threading.Thread(target=wait, daemon=True).start()


class _uninterrupted:  # noqa: N801 - used as a statement
    """Inside, Ctrl-C and its like do nothing: what was started is being ended."""

    def __enter__(self) -> None:
        self._before = {
            number: signal.signal(number, signal.SIG_IGN)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
