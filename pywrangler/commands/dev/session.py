"""One run of `dev`: deploys, waits for changes, brings them in, and ends what it started."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.connection import DevPlatform
from pywrangler.commands.dev.events import OWN
from pywrangler.commands.dev.images import Built
from pywrangler.commands.dev.keys import reading_keys
from pywrangler.commands.dev.options import DevOptions, options_of_a_further_worker
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.dev.worker import DevWorker
from pywrangler.dataclass import dataclass
from pywrangler.errors import ExitStatus, FollowingEndedError, UsageError

HELP = "Keys: r rebuild, x restart containers, o open, d dashboard, c clear, q quit."


@dataclass(frozen=True)
class Pressed:
    """A key; an empty one says that the terminal is gone."""

    key: str


@dataclass(frozen=True)
class Happened:
    """Paths of a Worker that changed, or images of it. The empty set says that any path may have changed."""

    worker: DevWorker
    what: frozenset[Path] | Built


class DevSession:
    """The Workers of a run, and what comes in for them. Threads only put into the queue."""

    def __init__(self, run: Invocation, given: DevOptions) -> None:
        self._run = run
        self._given = given
        self._incoming: SimpleQueue[Pressed | Happened] = SimpleQueue()
        self._end_key: str | None = None
        self._ending = threading.Lock()
        """Is taken by the first thread that ends the run, and kept."""
        self._output = Output(
            run.surroundings.stdout,
            as_json=given.as_json,
            is_fancy=run.console.is_fancy_output,
            lost=self._end_now,
        )
        self._console = self._new_console()
        self._platform = DevPlatform(run, self._console, keeps=given.keep)
        self._workers: list[DevWorker] = []
        runs = run.for_each_configuration()
        refuse_same_files(runs)
        for number, each in enumerate(runs):
            self._workers.append(
                DevWorker(
                    without_environment_files(each) if number else each,
                    options_of_a_further_worker(given) if number else given,
                    self._platform,
                    self._output,
                    self._new_console(f"{OWN}/{number + 1}") if len(runs) > 1 else self._console,
                    report=self._report,
                    all_workers=self._workers,
                )
            )
        self._deployed = 0
        """How many deploys were made before the newest look."""

    def _new_console(self, source: str = OWN) -> DevConsole:
        run, streams = self._run, self._run.surroundings
        return DevConsole(
            self._output, run.console.level, run.console, source, stdout=streams.stdout, stderr=streams.stderr
        )

    def run_to_the_end(self) -> int:
        """Run until the user ends it; the exit status."""
        for worker in self._workers:
            worker.require_file()  # without a configuration there is nothing to wait for
        self._run.introduce_project()
        first = self._workers[0].deploys
        _heed_interrupts()
        try:
            with reading_keys(self._run.surroundings.stdin, self._press) as has_keys:
                self._platform.connect()
                first.check_port(self._given)
                if has_keys and not self._given.as_json:
                    self._console.info(HELP)
                _watch_pipe(self._run.surroundings.stdout, self._end_now)
                for worker in self._workers:
                    worker.begin()
                while True:
                    self._handle(self._incoming.get())
        except KeyboardInterrupt:
            if self._end_key is None:
                raise FollowingEndedError from None
            return ExitStatus.OK
        finally:
            with _uninterrupted():
                if not self._platform.keeps:
                    self._console.info("Stopping.")
                for worker in reversed(self._workers):
                    worker.end()
                self._platform.end({name for worker in self._workers for name in worker.deploys.workers})

    def _press(self, key: str) -> None:
        """From the thread that reads keys."""
        if key in ("q", "Q", "\x04"):
            self._end_key = key
            self._end_now()
        elif key == "":
            self._end_now()
        else:
            self._incoming.put(Pressed(key))

    def _report(self, worker: DevWorker, what: set[Path] | Built) -> None:
        """From the threads that watch and build."""
        self._incoming.put(Happened(worker, frozenset(what) if isinstance(what, set) else what))

    def _end_now(self) -> None:
        """Interrupt the main thread, as Ctrl-C does, but only once: a second time could interrupt the end."""
        if not self._ending.acquire(blocking=False):
            return
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # What comes in

    def _handle(self, incoming: Pressed | Happened) -> None:
        match incoming:
            case Pressed():
                self._obey(incoming.key)
            case Happened(worker, Built() as built):
                worker.take_images(built)
            case Happened(worker, frozenset() as paths):
                worker.look(self._with_more(worker, paths))
        for worker in self._workers:
            worker.proceed()
        deployed = sum(worker.deploys.count for worker in self._workers)
        if deployed != self._deployed:
            self._deployed = deployed
            for worker in self._workers:
                worker.retry()

    def _with_more(self, worker: DevWorker, paths: frozenset[Path]) -> frozenset[Path]:
        """The paths with those that wait behind them; other things that wait are put back."""
        together, is_any, others = set(paths), not paths, []
        with suppress(Empty):
            while True:
                following = self._incoming.get_nowait()
                match following:
                    case Happened(other, frozenset() as more) if other is worker:
                        together |= more
                        is_any |= not more
                    case _:
                        others.append(following)
        for each in others:
            self._incoming.put(each)
        return frozenset() if is_any else frozenset(together)

    def _obey(self, key: str) -> None:
        first = self._workers[0].deploys
        match key.lower():
            case "r":
                self._console.info("Rebuilding everything.")
                for worker in self._workers:
                    worker.rebuild()
            case "x":
                restarted = [worker.deploys.restart_containers() for worker in self._workers]
                if not any(restarted):
                    self._console.info("There are no containers.")
            case "o":
                first.open_browser()
            case "d":
                first.open_dashboard()
            case "c":
                self._output.clear()
            case "h" | "?":
                self._console.info(HELP)


def _heed_interrupts() -> None:
    """Let SIGINT end the run also where the parent ignores it, as a shell does for `pywrangler dev &` in a
    script: `q` and a lost pipe end the run by it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def refuse_same_files(runs: list[Invocation]) -> None:
    """Raise `UsageError` if a configuration is given twice."""
    found: set[Path] = set()
    for run in runs:
        file = run.project.required_file
        if file.resolve() in found:
            raise UsageError(
                f"`{os.path.relpath(file, run.directory)}` is given twice.", hint="Omit one of them."
            )
        found.add(file.resolve())


def without_environment_files(run: Invocation) -> Invocation:
    """The run of a further Worker: `--env-file` is about the first, as with Wrangler (4.164)."""
    run.options = replace(run.options, environment_files=())
    return run


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
