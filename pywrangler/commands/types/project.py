"""The project that declarations are made of: its configuration, its code, and the other Workers."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.progress import InstallTask
from pywrangler.config import read_fields
from pywrangler.config.dotenv import read_worker_variables
from pywrangler.config.problems.report import Report
from pywrangler.config.records import BuildCommand
from pywrangler.config.syntax.reading import read
from pywrangler.declarations.entries import read_entry
from pywrangler.declarations.environment import declare
from pywrangler.declarations.header import (
    FIRST_LINE,
    RUNTIME_MARK,
    environment_header,
    hash_of,
    runtime_header,
    runtime_part,
)
from pywrangler.declarations.reading import read_declared, worker_names
from pywrangler.declarations.records import Settings, WorkerEntry
from pywrangler.errors import BuildError, UsageError
from pywrangler.toolchain import ensure, ensure_types_worker
from pywrangler.toolchain.lock import workerd_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pywrangler.config import Fields
    from pywrangler.declarations.header import Header, TypesCommand
    from pywrangler.toolchain.records import Toolchain

USE_ENV_FILES_VARIABLE = "CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV"


class TypedProject:
    """What a run of `types` knows; the code is read once, when it is first asked for."""

    def __init__(self, run: Invocation, target: Path, environment: str | None) -> None:
        self._run = run
        self.target = target
        self.file = run.project.required_file
        self.fields = read_fields(self.file, environment=environment)

    def generate(self, command: TypesCommand, existing: str | None) -> str:
        """The whole file. The runtime's part is taken from the file there is if it is still right."""
        header, content = [FIRST_LINE], []
        if command.includes_environment:
            text = self._environment(command)
            header.append(environment_header(command, text))
            content.append(text)
        if command.includes_runtime:
            line = self._runtime_header()
            runtime = runtime_part(existing, line) if existing is not None else None
            header.append(line)
            content.append(f"{RUNTIME_MARK}\n{self._runtime() if runtime is None else runtime}")
        return "\n".join([*header, *content])

    def is_up_to_date(self, command: TypesCommand, header: Header) -> bool:
        """Whether a file with this header holds what `command` would write."""
        if header.hash is None and header.runtime is None:
            raise UsageError(
                f"`{command.output}` has no generated types.", hint="Write it with `pywrangler types`."
            )
        if header.runtime is not None and command.includes_runtime:
            try:
                if self._runtime_header() != header.runtime:
                    return False
            except UsageError:
                return False
        if header.hash is None or not command.includes_environment:
            return True
        return hash_of(self._environment(command)) == header.hash

    def _environment(self, command: TypesCommand) -> str:
        root = read(self.file, Report()).root
        secrets = self._local_secrets(command)
        declared = read_declared(self.file, self.fields, root, command.environment, secrets)
        others = [self._run.directory / file for file in command.configurations[1:]]
        return declare(
            declared,
            Settings(
                interface=command.interface,
                output=self.target,
                strict_vars=command.strict_vars,
                includes_main=command.includes_main,
                entry=self._entry,
                others=self._others(others),
            ),
        )

    def _local_secrets(self, command: TypesCommand) -> Iterable[str]:
        found = self._run.project.found
        original = found.original if found else None
        return read_worker_variables(
            (original or self.file).parent,
            command.environment or None,
            command.env_files,
            uses_env_files=self._run.environment.get(USE_ENV_FILES_VARIABLE, "").lower() != "false",
        )

    @cached_property
    def _toolchain(self) -> Toolchain:
        with self._run.console.progress() as progress:
            return ensure(self._run.environment, InstallTask(progress))

    @cached_property
    def _entry(self) -> WorkerEntry | None:
        """This Worker's code; None without code, and if it cannot be read."""
        if not self.fields.get("main"):
            return None
        try:
            return self._read_entry(self.file, self.fields)
        except BuildError as error:
            self._run.console.warning(f"{error.message} Classes and Workers in it have general types.")
            return None

    def _others(self, files: Iterable[Path]) -> Mapping[str, WorkerEntry]:
        found: dict[str, WorkerEntry] = {}
        for file in files:
            fields = read_fields(file)
            if not fields.worker_name or not fields.get("main"):
                raise UsageError(
                    f"`{file}` names no Worker with code.", hint="It needs the fields `name` and `main`."
                )
            entry = self._read_entry(file, fields)
            if fields.worker_name in found:
                self._run.console.warning(f"The Worker `{fields.worker_name}` is named by two files.")
            found |= {name: entry for name in worker_names(file, fields) if name not in found}
            found[fields.worker_name] = entry
        return found

    def _read_entry(self, file: Path, fields: Fields) -> WorkerEntry:
        from pywrangler.deploy.bundle.build_command import run_build_command

        build = fields.get("build") or {}
        if build.get("command"):
            made = BuildCommand(build["command"], build.get("cwd"))
            run_build_command(made, self._run.directory, self._run.environment, self._run.console.info)
        main = Path(os.path.normpath(file.parent / fields.get("main")))
        if not main.is_file():
            raise BuildError(
                f"The main file {main} does not exist.", hint="Correct `main`.", code="types-main"
            )
        tsconfig = fields.get("tsconfig")
        return read_entry(
            fields.worker_name or "worker",
            main,
            file.parent,
            file.parent / tsconfig if tsconfig else None,
            self._toolchain.esbuild,
        )

    def _runtime_header(self) -> str:
        return runtime_header(workerd_version(), self._date, self._flags)

    def _runtime(self) -> str:
        from pywrangler.declarations.runtime import generate_runtime

        toolchain = self._toolchain
        with self._run.console.progress() as progress:
            worker = ensure_types_worker(self._run.environment, InstallTask(progress))
        return generate_runtime(toolchain.workerd, worker, self._date, self._flags)

    @property
    def _date(self) -> str:
        date: str | None = self.fields.get("compatibility_date")
        if date is None:
            raise UsageError(
                "The configuration has no `compatibility_date`, on which the types of the runtime depend.",
                hint="Add it, or omit these types with `--include-runtime=false`.",
            )
        return date

    @property
    def _flags(self) -> tuple[str, ...]:
        return tuple(self.fields.get("compatibility_flags") or ())
