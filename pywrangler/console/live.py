"""Progress on a terminal: one line per task with a spinner, redrawn in place by Rich.

The result of a task is a whole line, which stays. Only what is redrawn is cut to the width of the terminal.
"""

from __future__ import annotations

from types import TracebackType
from typing import IO, Any, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.progress_bar import ProgressBar
from rich.text import Text

from pywrangler.console.visible import visible_line


class LiveProgress:
    """Tasks with spinner, bar where an amount is known, time, and what they are doing."""

    def __init__(self, stream: IO[str]) -> None:
        self._rich = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            AmountColumn(bar_width=20),
            TextColumn("{task.fields[text]}", markup=False),
            console=Console(file=stream),
        )
        self.is_open = False

    def write(self, line: str) -> None:
        """Write a line above the tasks."""
        self._rich.console.print(Text.from_ansi(line), soft_wrap=True)

    def task(self, title: str) -> LiveTask:
        """Begin another task."""
        title = visible_line(title)
        return LiveTask(self, self._rich.add_task(title, total=None, text="", has_amount=False))

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """Draw the task's line with the changes."""
        self._rich.update(task_id, **changes)

    def end(self, task_id: TaskID, text: str) -> None:
        """Write the result of the task above the others, and remove its own line."""
        title = next((task.description for task in self._rich.tasks if task.id == task_id), None)
        if title is not None:
            self._rich.remove_task(task_id)
            self._rich.console.print(Text(f"{title}: {visible_line(text)}"), soft_wrap=True)

    def __enter__(self) -> Self:
        self._rich.start()
        self.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._rich.tasks:
            self.end(task.id, task.fields["text"] or "stopped")
        self.is_open = False
        self._rich.stop()


class AmountColumn(BarColumn):
    """A bar for the tasks that say how much there is to do, and nothing for the others."""

    def render(self, task: Task) -> ProgressBar:
        """The bar, or one without width."""
        bar = super().render(task)
        if not task.fields["has_amount"]:
            bar.width = 0
        return bar


class LiveTask:
    """One line of `LiveProgress`."""

    def __init__(self, progress: LiveProgress, task_id: TaskID) -> None:
        self._progress = progress
        self._id = task_id

    def update(self, text: str) -> None:
        """What it is doing now."""
        self._progress.update(self._id, text=visible_line(text))

    def advance(self, done: float, total: float | None = None) -> None:
        """How much is done."""
        self._progress.update(self._id, completed=done, total=total, has_amount=total is not None)

    def done(self, text: str = "done") -> None:
        """It is finished."""
        self._progress.end(self._id, text)

    def failed(self, text: str = "failed") -> None:
        """It did not work."""
        self._progress.end(self._id, text)
