"""What is measured: the work of each row, the same for both tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import projects
from benchmarks.peers.tools import Tool

LISTED = 100
DELAY_SECONDS = 0.08
MANY_IMAGES = 8


@dataclass(frozen=True)
class Row:
    """One kind of work. `words` are the arguments; where they differ, pywrangler's are `ours`."""

    name: str
    words: str
    ours: str | None = None
    project: str = "one"
    change: Callable[[Path], None] | None = None
    """What is changed in the project before every run."""
    delay_seconds: float = 0.0
    pairs: int = 5
    first: tuple[str, ...] = ()
    """What is run once before, without being measured."""

    def words_of(self, tool: Tool) -> list[str]:
        """The arguments for this tool."""
        return (self.ours if self.ours is not None and tool.name == "pywrangler" else self.words).split()


def _images(number: int) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        for each in range(number):
            projects.change_image(directory, f"Box{each}")

    return change


DEPLOYED = ("deploy",)
ROWS = (
    Row("`--version`", "--version", pairs=7),
    Row("`--help`", "--help", pairs=7),
    Row(f"`containers list --json`, {LISTED} applications", "containers list --json", pairs=7),
    Row("`containers images list --json`", "containers images list --json", pairs=7, first=DEPLOYED),
    Row("`check` of 1,000 lines; Wrangler: a dry run", "deploy --dry-run", "check", project="long", pairs=7),
    Row("`deploy --dry-run`, no image built", "deploy --dry-run --containers-rollout none"),
    Row("deploy, nothing changed", "deploy", first=DEPLOYED),
    Row("the same, 80 ms for each answer", "deploy", first=DEPLOYED, delay_seconds=DELAY_SECONDS),
    Row("deploy, Worker changed", "deploy", first=DEPLOYED, change=projects.change_worker),
    Row("deploy, image changed", "deploy", first=DEPLOYED, change=_images(1)),
    Row("deploy, 8 images, nothing changed", "deploy", project="eight", first=DEPLOYED),
    Row("deploy, 8 images, 4 changed", "deploy", project="eight", first=DEPLOYED, change=_images(4), pairs=3),
    Row(
        "deploy, 8 images, all changed", "deploy", project="eight", first=DEPLOYED, change=_images(8), pairs=3
    ),
    Row(
        "`containers build -p`, 500 MB, 1 of 10 layers changed",
        f"containers build . -t {projects.LAYERED} -p",
        project="layers",
        first=(f"containers build . -t {projects.LAYERED} -p",),
        change=lambda directory: projects.write_layer(directory, projects.LAYERS - 1),
        pairs=3,
    ),
    Row(
        "`containers push` of it, 1 of 10 layers changed",
        f"containers push {projects.LAYERED}",
        project="layers",
        first=(f"containers build . -t {projects.LAYERED} -p",),
        change=projects.rebuild_layered,
        pairs=3,
    ),
)


@dataclass
class Projects:
    """Writes each tool's copy of a project when it is first needed."""

    written: dict[tuple[str, str], Path] = field(default_factory=dict)

    def of(self, tool: Tool, name: str) -> Path:
        """The directory of this tool's copy."""
        key = tool.name, name
        if key not in self.written:
            self.written[key] = tool.directory / name
            WRITERS[name](self.written[key])
        return self.written[key]


WRITERS: Mapping[str, Callable[[Path], None]] = {
    "one": lambda directory: projects.write_project(directory, 1),
    "eight": lambda directory: projects.write_project(directory, MANY_IMAGES),
    "layers": projects.write_layers,
    "long": lambda directory: projects.write_long_configuration(directory, 1000),
}
