"""Typer applications: one for the command that runs, one for the help of a group."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import typer

from pywrangler.commands.context.invocation import GlobalOptions, Invocation
from pywrangler.commands.context.surroundings import (
    OUTPUT_DIRECTORY_VARIABLE,
    OUTPUT_FILE_VARIABLE,
)
from pywrangler.commands.shared import options
from pywrangler.commands.tree import Command, Words, children

GROUP_HELP = "Deploy Cloudflare Containers to Cloudflare, or to this machine."
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
GLOBAL_PARAMETERS: dict[str, tuple[Any, Any]] = {
    "global_config": (options.Config, None),
    "global_directory": (options.WorkingDirectory, None),
    "global_environment": (options.Environment, None),
    "global_environment_files": (options.EnvironmentFiles, None),
    "global_profile": (options.Profile, None),
    "global_remote": (options.Remote, None),
    "global_log_level": (options.LogLevel, None),
    "global_install_skills": (options.InstallSkills, False),
    "global_provision": (options.Provision, False),
    "global_auto_create": (options.AutoCreate, False),
    "global_version": (options.Version, False),
}
"""Name and annotation of the parameters that every command gets beside its own, with their defaults."""
ENVIRONMENT_PARAMETERS = ("global_environment", "global_environment_files")
"""Parameters that a command does not get if it has its own `--env`."""


def load(command: Command) -> Callable[..., Any]:
    """The function of `command`; imports its module."""
    module, _, name = command.target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def typer_for(
    command: Command, begin: Callable[[GlobalOptions], Invocation], *, is_fancy: bool = False
) -> typer.Typer:
    """A Typer application of the one `command`, whose function's first parameter is the `Invocation`.

    Help is plain text unless `is_fancy`, which costs the import of Rich.
    """
    shared = dict(GLOBAL_PARAMETERS)
    if command.is_local_by_default:
        shared["global_remote"] = (options.RemoteIfAsked, None)
    if command.takes_several_configurations:
        shared["global_config"] = (options.Configs, None)
    if command.has_own_environment:
        shared = {name: each for name, each in shared.items() if name not in ENVIRONMENT_PARAMETERS}
    app = _new_typer(is_fancy)
    function = load(command) if command.takes_any_environment else _in_known_environment(load(command))
    app.command(cls=_command_class(is_fancy))(_with_global_options(function, begin, shared))
    return app


def _command_class(is_fancy: bool) -> type[typer.core.TyperCommand] | None:
    if not is_fancy:
        return None
    from pywrangler.commands.running.help_screen import HelpScreen

    return HelpScreen


def _in_known_environment(function: Callable[..., Any]) -> Callable[..., Any]:
    """The command, which does nothing if `--env` is wrong."""

    @functools.wraps(function)
    def command(run: Invocation, **values: Any) -> Any:
        run.check_environment()
        return function(run, **values)

    return command


def _with_global_options(
    function: Callable[..., Any],
    begin: Callable[[GlobalOptions], Invocation],
    shared: Mapping[str, tuple[Any, Any]],
) -> Callable[..., Any]:
    # Keyword-only parameters may be in any order: some of the command's own have no defaults.
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = _parameters(function)[1:]
    record = own[0] if len(own) == 1 and dataclasses.is_dataclass(own[0].annotation) else None
    parameters = [p.replace(kind=keyword) for p in (_parameters(record.annotation) if record else own)]
    parameters += [
        inspect.Parameter(name, keyword, annotation=annotation, default=default)
        for name, (annotation, default) in shared.items()
    ]

    def command(**values: Any) -> Any:
        chosen = {
            name.removeprefix("global_"): values.pop(name) if name in shared else default
            for name, (_, default) in GLOBAL_PARAMETERS.items()
        }
        named = chosen["config"] if isinstance(chosen["config"], list) else [chosen["config"]]
        invocation = begin(
            GlobalOptions(
                config=named[0] if named else None,
                configs=tuple(file for file in named if file is not None),
                directory=chosen["directory"],
                environment=chosen["environment"],
                environment_files=tuple(chosen["environment_files"] or ()),
                profile=chosen["profile"],
                remote=chosen["remote"],
                log_level=chosen["log_level"],
            )
        )
        with contextlib.closing(invocation), _recorded(invocation):
            return function(invocation, **({record.name: record.annotation(**values)} if record else values))

    # Typer reads options and arguments from the signature and its annotations, and help from the docstring.
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = function.__doc__
    return command


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a function, or of the class of a record, with their annotations resolved."""
    hints = typing.get_type_hints(function, include_extras=True)
    if dataclasses.is_dataclass(function):
        return [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if each.default is dataclasses.MISSING else each.default,
                annotation=hints[each.name],
            )
            for each in dataclasses.fields(function)
        ]
    return [p.replace(annotation=hints[p.name]) for p in inspect.signature(function).parameters.values()]


def _recorded(run: Invocation) -> contextlib.AbstractContextManager[None]:
    """What writes lines about the run to a file, where the environment asks for one."""
    if not run.environment.get(OUTPUT_FILE_VARIABLE) and not run.environment.get(OUTPUT_DIRECTORY_VARIABLE):
        return contextlib.nullcontext()
    from pywrangler.commands.context.output_file import open_output, recorded

    run.output = open_output(run.environment, run.directory)
    return recorded(run.output, run.arguments) if run.output else contextlib.nullcontext()


def group_typer(path: Words, *, is_fancy: bool = False) -> typer.Typer:
    """A Typer application that knows the names and short helps below `path`, enough for a help screen."""
    from pywrangler.commands.tree import GROUPS

    app = _new_typer(is_fancy)
    app.callback(help=GROUPS.get(path, GROUP_HELP))(lambda: None)
    for name, text in children(path).items():
        app.command(name, help=text)(lambda: None)
    return app


def _new_typer(is_fancy: bool) -> typer.Typer:
    return typer.Typer(
        add_completion=False, context_settings=CONTEXT, rich_markup_mode="rich" if is_fancy else None
    )
