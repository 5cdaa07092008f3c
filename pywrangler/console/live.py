"""Progress on a terminal: one line per task with a spinner, redrawn in place by Rich."""

from __future__ import annotations

from types import TracebackType
from typing import IO, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.progress_bar import ProgressBar
from rich.text import Text


class LiveProgress:
    """Tasks with spinner, bar where an amount is known, time, and what they are doing."""

    def __init__(self, stream: IO[str]) -> None:
        self._rich = RichProgress(
            SpinnerColumn(finished_text=" "),
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
        return LiveTask(self._rich, self._rich.add_task(title, total=None, text="", has_amount=False))

    def __enter__(self) -> Self:
        self._rich.start()
        self.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._rich.tasks:
            if not task.finished:
                self._rich.update(task.id, total=1, completed=1, text=task.fields["text"] or "stopped")
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

    def __init__(self, rich: RichProgress, task_id: TaskID) -> None:
        self._rich = rich
        self._id = task_id

    def update(self, text: str) -> None:
        """What it is doing now."""
        self._rich.update(self._id, text=Text(text).plain.splitlines()[0] if text else "")

    def advance(self, done: float, total: float | None = None) -> None:
        """How much is done."""
        self._rich.update(self._id, completed=done, total=total, has_amount=total is not None)

    def done(self, text: str = "done") -> None:
        """It is finished."""
        self._rich.update(self._id, total=1, completed=1, text=text)

    def failed(self, text: str = "failed") -> None:
        """It did not work."""
        self._rich.update(self._id, total=1, completed=1, text=text)
        self._rich.stop_task(self._id)
