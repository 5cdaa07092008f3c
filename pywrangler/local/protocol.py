"""How the command line and the platform's process find each other: folders and the status file.

Standard library only, because both sides import it and start-up counts. The folder is `$PYWRANGLER_HOME`,
else the platform's data folder; everything in it is private to the user (mode 0700).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pywrangler.private_files import write_private

HOME_VARIABLE = "PYWRANGLER_HOME"
WORKER_PORT_VARIABLE = "PYWRANGLER_WORKER_PORT"
"""First port for Workers' addresses; each Worker takes the next free one from here."""
DEFAULT_WORKER_PORT = 8787
ALREADY_RUNNING_STATUS = 75
"""Exit status of a platform process that found another one running for the same folder."""


def home_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the local platform's state; it may not exist yet."""
    if chosen := environment.get(HOME_VARIABLE):
        return Path(chosen).expanduser().absolute()
    user_home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return user_home / "Library" / "Application Support" / "pywrangler"
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else user_home / ".local" / "share") / "pywrangler"


@dataclass(frozen=True)
class Status:
    """What a running platform says about itself in its status file."""

    pid: int
    url: str
    """Base address of the REST API, with `/client/v4`."""
    token: str
    account_id: str
    version: str
    """pywrangler's version that the process runs."""

    @staticmethod
    def file(home: Path) -> Path:
        """Where the status file stands."""
        return home / "platform.json"

    def write(self, home: Path) -> None:
        """Write the status file, readable by its owner only, all at once."""
        write_private(self.file(home), json.dumps(asdict(self)))

    @classmethod
    def read(cls, home: Path) -> Status | None:
        """The status last written, or None where there is none or it cannot be understood."""
        try:
            return cls(**json.loads(cls.file(home).read_text()))
        except (OSError, ValueError, TypeError):
            return None
