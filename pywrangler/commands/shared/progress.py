"""Shows on the console the progress of a deploy, its builds and the toolchain's installation."""

from __future__ import annotations

from pywrangler.console import Console, Progress, Task
from pywrangler.deploy.plan import Plan
from pywrangler.images.records import BuiltImage


class BuildTasks:
    """One task for every image; an image that was not built gets a line at the end only."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Task] = {}

    def started(self, name: str) -> None:
        """A build or a pull begins."""
        self._tasks[name] = self._progress.task(f"Image of {name}")

    def step(self, name: str, text: str) -> None:
        """The progress of a build or a pull."""
        self._tasks[name].update(text)

    def finished(self, name: str, image: BuiltImage) -> None:
        """The image is ready."""
        what = "unchanged" if image.was_cached else f"ready after {image.seconds:.1f} s"
        self._tasks.pop(name).done(f"{what} ({image.size_bytes / 1e6:.0f} MB)")


class InstallTask:
    """The installation of workerd and esbuild as one task."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: Task | None = None
        self._total_bytes = 0

    def started(self, title: str, total_bytes: int) -> None:
        """An installation begins."""
        self._task = self._progress.task(title)
        self._total_bytes = total_bytes

    def advanced(self, done_bytes: int) -> None:
        """The size that was downloaded so far."""
        if self._task:
            self._task.advance(done_bytes, self._total_bytes)

    def noted(self, text: str) -> None:
        """A message to print."""
        if self._task:
            self._task.update(text)

    def finished(self) -> None:
        """The programs are in place."""
        if self._task:
            self._task.done("installed")


class DeployReporter:
    """Prints the plan's changes, then each step of carrying it out."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """A step begins."""
        self._console.info(text)

    def warn(self, text: str) -> None:
        """Something is deployed in an unexpected way."""
        self._console.warning(text)

    def planned(self, plan: Plan) -> None:
        """This is what changes."""
        if not plan.is_unchanged:
            for line in plan.lines():
                self._console.info(line)
