"""The project that a command is run in: its configuration, read when first asked for and once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.config import Fields, Found


@dataclass
class Project:
    """The project in `directory`. `explicit` is the configuration named by `--config`."""

    directory: Path
    explicit: Path | None
    environment: str | None
    """The named environment that was chosen."""

    @property
    def file(self) -> Path | None:
        """The configuration's file, or None."""
        return self.found.file if self.found else None

    @cached_property
    def found(self) -> Found | None:
        """The configuration, found upwards from the directory, and how it was found."""
        if self.explicit is None and not _may_have_configuration(self.directory):
            return None  # without the 40 ms that importing the reader takes
        from pywrangler.config import find

        return find(self.directory, self.directory / self.explicit if self.explicit else None)

    @property
    def required_file(self) -> Path:
        """The same; raises `UsageError` if there is none."""
        if self.file is None:
            from pywrangler.config import find_broken

            if broken := find_broken(self.directory):
                what = "a directory" if broken.is_dir() else "a broken link"
                raise UsageError(
                    f"`{broken}` is {what}, not a configuration.", hint="Put a file in its place."
                )
            raise UsageError(
                f"No wrangler.jsonc, wrangler.json or wrangler.toml in {self.directory} or above.",
                hint="Run the command in the project's directory, or name the file with --config.",
            )
        return self.file

    @cached_property
    def fields(self) -> Fields | None:
        """The configuration's fields, or None if there is no file. Raises `ConfigurationError` if a
        value has a wrong type, or the environment is none of those defined.
        """
        return self.required_fields if self.file is not None else None

    @cached_property
    def required_fields(self) -> Fields:
        """The same; raises `UsageError` if there is no file."""
        from pywrangler.config import read_fields

        return read_fields(self.required_file, environment=self.environment)

    def check(self) -> None:
        """Raise `ConfigurationError` for a configuration whose `fields` cannot be read: commands that need
        none of them end then, too, as with Wrangler (4.164).
        """
        _ = self.fields


def _may_have_configuration(directory: Path) -> bool:
    names = ("wrangler.json", "wrangler.jsonc", "wrangler.toml", ".wrangler")
    return any((parent / name).exists() for parent in (directory, *directory.parents) for name in names)
