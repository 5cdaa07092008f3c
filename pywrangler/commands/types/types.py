"""`pywrangler types`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.dataclass import dataclass
from pywrangler.errors import ExitStatus, PywranglerError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pywrangler.declarations.header import Header, TypesCommand

INTERFACE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
DEFAULT_OUTPUT = "worker-configuration.d.ts"


@dataclass(frozen=True)
class TypesOptions:
    """The options of `types`. None means: not said."""

    path: Annotated[
        str, typer.Argument(help="The file to write; it must end in `.d.ts`.", metavar="[PATH]")
    ] = DEFAULT_OUTPUT
    env_interface: Annotated[
        str | None,
        typer.Option(
            "--env-interface", help="Name of the environment's interface; default: Env.", metavar="NAME"
        ),
    ] = None
    include_runtime: Annotated[
        bool,
        typer.Option("--include-runtime/--no-include-runtime", help="Include the types of the runtime."),
    ] = True
    include_env: Annotated[
        bool, typer.Option("--include-env/--no-include-env", help="Include the types of the environment.")
    ] = True
    strict_vars: Annotated[
        bool,
        typer.Option("--strict-vars/--no-strict-vars", help="Give variables their values as types."),
    ] = True
    include_main_module: Annotated[
        bool | None,
        typer.Option(
            "--include-main-module/--no-include-main-module",
            help="Import the main module, for the types of `ctx.exports`.",
            show_default="yes",
        ),
    ] = None
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the file is up to date; write nothing.")
    ] = False


def types(run: Invocation, given: TypesOptions) -> int:
    """Write the TypeScript types of the Worker's environment, and of the runtime, to a file.

    Without --env, the interface is of all environments together; a member that one of them does not have is
    optional, and each named environment has an interface of its own.

    With more than one --config, the first is this Worker's. Bindings to the other Workers get the types of
    their code.

    With --check, the exit status is 1 if the file is not what the command would write with the options that
    the file's first lines name.

    Example: pywrangler types --env-interface CloudflareEnv
    """
    _refuse_wrong(given)
    run.introduce_project()
    _ = run.project.required_file
    target = run.directory / given.path
    existing = _read(target)
    if existing is not None and not _is_generated(existing):
        raise UsageError(
            f"`{given.path}` was not written by this command, and is left as it is.",
            hint="Rename it, or name another file to write.",
        )
    return _check(run, target, given, existing) if given.check else _write(run, target, given, existing)


def _write(run: Invocation, target: Path, given: TypesOptions, existing: str | None) -> int:
    from pywrangler.commands.types.advice import advise
    from pywrangler.commands.types.project import TypedProject

    project = TypedProject(run, target, run.environment_name)
    content = project.generate(_command(run, given), existing)
    try:
        target.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise PywranglerError(
            f"`{given.path}` cannot be written: {error.strerror}.",
            hint="Name a file in a directory that exists and is writable.",
            code="types-write",
        ) from error
    run.console.success(f"Types written to `{given.path}`.")
    if given.include_runtime:
        advise(run, project.fields)
    run.console.info("Run `pywrangler types` again after a change of the configuration.")
    return ExitStatus.OK


def _check(run: Invocation, target: Path, given: TypesOptions, existing: str | None) -> int:
    from pywrangler.commands.types.project import TypedProject
    from pywrangler.declarations.header import read_header

    if existing is None:
        raise UsageError(f"`{given.path}` does not exist.", hint="Write it with `pywrangler types`.")
    header = read_header(existing)
    command = _checked(run, given, header)
    project = TypedProject(run, target, command.environment or run.environment_name)
    if not project.is_up_to_date(command, header):
        raise PywranglerError(
            f"`{given.path}` is out of date.", hint="Run `pywrangler types`.", code="types-out-of-date"
        )
    run.console.success(f"`{given.path}` is up to date.")
    return ExitStatus.OK


def _command(run: Invocation, given: TypesOptions) -> TypesCommand:
    """The run as the header of the file keeps it."""
    from pywrangler.declarations.header import TypesCommand

    options = run.options
    return TypesCommand(
        output=given.path,
        configurations=tuple(map(str, options.configs)),
        environment=options.environment,
        env_files=tuple(map(str, options.environment_files)),
        includes_runtime=given.include_runtime,
        includes_environment=given.include_env,
        includes_main=given.include_main_module is not False,
        strict_vars=given.strict_vars,
        interface=given.env_interface or "Env",
    )


def _checked(run: Invocation, given: TypesOptions, header: Header) -> TypesCommand:
    """What the file is compared with: the command in its header, with what the command line says instead."""
    now = _command(run, given)
    was = header.command
    main = was.includes_main if given.include_main_module is None else given.include_main_module
    return replace(
        was,
        output=given.path,
        configurations=now.configurations if len(now.configurations) > 1 else was.configurations,
        environment=was.environment if now.environment is None else now.environment,
        env_files=now.env_files or was.env_files,
        includes_main=main,
        interface=given.env_interface or was.interface,
    )


def _refuse_wrong(given: TypesOptions) -> None:
    if given.env_interface is not None and not INTERFACE.fullmatch(given.env_interface):
        raise UsageError(
            f"--env-interface is `{given.env_interface}`, which cannot be the name of an interface.",
            hint="Use letters, digits and underscores, and begin with a letter.",
        )
    if not given.path.endswith(".d.ts"):
        raise UsageError(
            f"`{given.path}` is not a file of declarations.", hint="Let its name end in `.d.ts`."
        )
    if not given.include_env and not given.include_runtime:
        raise UsageError(
            "Without the types of the environment and of the runtime there is nothing to write.",
            hint="Omit --include-env=false or --include-runtime=false.",
        )


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            f"`{file}` cannot be read: {error.strerror}.", hint="Name another file to write."
        ) from error


def _is_generated(text: str) -> bool:
    from pywrangler.declarations.header import is_generated

    return is_generated(text)
