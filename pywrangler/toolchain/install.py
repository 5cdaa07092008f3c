"""Install the programs once, whole or not at all.

npm fills a directory beside the final one; the programs there are run, and only then the directory gets its
final name. A lock makes a second process wait; it then finds everything done. What a killed process left
behind is removed by the next one.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError
from pywrangler.toolchain.lock import PROGRAM_BYTES, Package, Program, plan_project
from pywrangler.toolchain.npm import CI_ARGS, find_npm, npm_environment, npm_settings, reason_of
from pywrangler.toolchain.records import SIZES_FILE, InstallProgress, is_intact

WAITS_BETWEEN_ATTEMPTS_SECONDS = (1.0, 3.0)
STOP_SECONDS = 5.0
"""How long npm may take to end after SIGTERM."""
VERSION_SECONDS = 60.0
"""How long a program may take to print its version; the first start after a download can be slow."""
OUTPUT_LINES_SHOWN = 15


class _AttemptFailedError(Exception):
    """npm did not succeed; another attempt may. Its argument is npm's output."""


@dataclass(frozen=True)
class Installation:
    """A set of packages to install: `directory` gets the `packages`, through npm run with `environment`."""

    directory: Path
    packages: Sequence[Package]
    environment: Mapping[str, str] = field(repr=False)
    progress: InstallProgress
    expected_bytes: int = PROGRAM_BYTES

    def is_complete(self) -> bool:
        """Whether everything is there. Any obstacle means no; it never fails."""
        return is_intact(self.directory, self._files)

    def run(self) -> None:
        """Install, unless another process did so meanwhile.

        Raises MissingError when npm is missing, when the directory cannot be written, and when npm failed
        repeatedly.
        """
        try:
            self.directory.parent.mkdir(parents=True, exist_ok=True)
            with self._exclusive():
                if not self.is_complete():
                    self._install()
        except OSError as error:
            raise MissingError(
                f"The toolchain cannot be written to {self.directory}: {error.strerror or error}.",
                hint="Make the directory writable, or choose another one with PYWRANGLER_CACHE.",
                code="toolchain-folder",
            ) from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with (self.directory.parent / "install.lock").open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.noted("Another process is installing the toolchain; waiting for it.")
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _install(self) -> None:
        npm = find_npm(self.environment)
        staging = self.directory.with_name(f".installing-{self.directory.name}")
        self.progress.started(f"Installing {self._title}", self.expected_bytes)
        try:
            with npm_settings(self.environment, npm) as settings:
                self._download(staging, (*npm, *CI_ARGS, *settings))
            for package in self.packages:
                if isinstance(package, Program):
                    _verify(staging / package.executable, package)
            sizes = {str(file): (staging / file).stat().st_size for file in self._files}
            (staging / SIZES_FILE).write_text(json.dumps(sizes))
            shutil.rmtree(self.directory, ignore_errors=True)
            staging.rename(self.directory)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        self.progress.finished()

    @property
    def _files(self) -> list[Path]:
        return [file for package in self.packages for file in package.files]

    @property
    def _title(self) -> str:
        return " and ".join(sorted(package.title for package in self.packages))

    def _download(self, staging: Path, command: Sequence[str]) -> None:
        for wait_seconds in (*WAITS_BETWEEN_ATTEMPTS_SECONDS, None):
            try:
                self._run_npm(staging, command)
                return
            except _AttemptFailedError as failure:
                if wait_seconds is None:
                    raise _gave_up(self._title, str(failure)) from failure
                self.progress.noted("The download failed; trying again.")
                time.sleep(wait_seconds)

    def _run_npm(self, staging: Path, command: Sequence[str]) -> None:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        for name, content in plan_project(self.packages).items():
            (staging / name).write_text(content)
        process = subprocess.Popen(
            command,
            cwd=staging,
            env=npm_environment(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = self._watch(process, staging)
        if process.returncode:
            raise _AttemptFailedError(output)
        missing = [
            file for package in self.packages for file in package.files if not (staging / file).is_file()
        ]
        if missing:
            raise _AttemptFailedError(
                f"npm ended without an error but did not install `{missing[0]}`\n{output}"
            )

    def _watch(self, process: subprocess.Popen[str], staging: Path) -> str:
        """The output of npm, once it ended; what it has unpacked so far is reported meanwhile."""
        try:
            while True:
                try:
                    return process.communicate(timeout=0.2)[0]
                except subprocess.TimeoutExpired:
                    self.progress.advanced(_size_bytes(staging))
        finally:
            if process.poll() is None:
                _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _size_bytes(directory: Path) -> int:
    total = 0
    for file in directory.rglob("*"):
        try:
            total += file.lstat().st_size
        except OSError:  # npm moves files while we look
            continue
    return total


def _verify(executable: Path, package: Program) -> None:
    """Run the program. npm has checked its bytes, so a failure means that this machine cannot run it."""
    try:
        ended = subprocess.run(
            [executable, "--version"],
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
        )
        output = (ended.stdout + ended.stderr).strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        output = str(error)
    if output != package.version_output:
        raise MissingError(
            f"{package.program} {package.version} was downloaded but does not run on this machine.",
            hint="It needs Linux with glibc 2.35 or newer, or macOS 13.5 or newer. "
            f"Name another build of it with PYWRANGLER_{package.program.upper()}.",
            detail=output,
            code="toolchain-unusable",
        )


def _gave_up(title: str, output: str) -> MissingError:
    return MissingError(
        f"npm could not download {title}: {reason_of(output)}."
        f" It was tried {len(WAITS_BETWEEN_ATTEMPTS_SECONDS) + 1} times, and nothing was installed.",
        hint="Check the network, the proxy variables and npm's registry (`npm config get registry`), then"
        " run the"
        " command again. Programs that are here already can be named with PYWRANGLER_WORKERD and"
        " PYWRANGLER_ESBUILD.",
        detail="\n".join(output.strip().splitlines()[-OUTPUT_LINES_SHOWN:]) or None,
        code="toolchain-download",
    )
