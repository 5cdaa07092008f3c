"""The process around a run: streams, directory, variables and their files."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import IO

from pywrangler.console import is_terminal
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

ENVIRONMENT_VARIABLE = "CLOUDFLARE_ENV"
OUTPUT_FILE_VARIABLE = "WRANGLER_OUTPUT_FILE_PATH"
OUTPUT_DIRECTORY_VARIABLE = "WRANGLER_OUTPUT_FILE_DIRECTORY"


@dataclass(frozen=True)
class Surroundings:
    """The process around a run; tests give their own."""

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    directory: Path = field(default_factory=lambda: working_directory(os.environ))
    stdin: IO[str] = field(default_factory=lambda: sys.stdin)
    stdout: IO[str] = field(default_factory=lambda: sys.stdout)
    stderr: IO[str] = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = time.time

    @property
    def is_ci(self) -> bool:
        """Whether a build service runs this; CI is set by all of them, to something else than false."""
        return self.environment.get("CI", "").lower() not in ("", "0", "false")

    @property
    def is_interactive(self) -> bool:
        """Whether a user can be asked: questions go to standard error."""
        return is_terminal(self.stdin) and is_terminal(self.stderr) and not self.is_ci


def working_directory(environment: Mapping[str, str]) -> Path:
    """The process's directory; the path that it had, if it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path(environment.get("PWD") or ".")


def environment_name(option: str | None, variables: Mapping[str, str]) -> str | None:
    """The configuration's environment that `--env` names (empty: none), otherwise CLOUDFLARE_ENV."""
    return (option if option is not None else variables.get(ENVIRONMENT_VARIABLE)) or None


def read_environment(
    own: Mapping[str, str], directory: Path, chosen: Sequence[Path], option: str | None
) -> dict[str, str]:
    """The process's `own` variables over those of the files `chosen`, or else of the usual `.env` files.

    Raises `UsageError` for a chosen file that does not exist.
    """
    files = [directory / file for file in chosen]
    if wrong := next((file for file in files if not file.is_file()), None):
        what = f"`{wrong}` is not a file" if wrong.exists() else f"There is no file `{wrong}`"
        raise UsageError(f"{what}.", hint="Name a file of variables with `--env-file`.")
    if not files and not any(directory.glob(".env*")):
        return dict(own)
    from pywrangler.config.dotenv import default_env_files, read_env_files

    files = files or [directory / name for name in default_env_files(environment_name(option, own))]
    # Revealed, because they join the process's own variables, which are as secret.
    found = {name: value.reveal() for name, value in read_env_files(files, own).items()}
    return found | dict(own)
