"""Runs one command: finds it, lets Typer read its options, and is the one place where an error becomes text.

Standard output holds results only. Errors go to standard error: message, detail and hint as text, or with
`--json` as one line of JSON, the last one. The exit status is the error's family's
(`pywrangler.errors.ExitStatus`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from pywrangler.commands.context.invocation import GlobalOptions, Invocation
from pywrangler.commands.context.surroundings import (
    Surroundings,
)
from pywrangler.commands.running.arguments import options_of, plain_arguments
from pywrangler.commands.running.name_conflict import WARNING, is_namesake_installed
from pywrangler.commands.running.resolve import resolve
from pywrangler.commands.running.status import ProgramStatus
from pywrangler.commands.running.typer_apps import group_typer, typer_for
from pywrangler.commands.tree import Command, Words
from pywrangler.console import Console, LogLevel, is_terminal
from pywrangler.errors import ExitStatus, FollowingEndedError, PywranglerError, UsageError

PROGRAM = "pywrangler"
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def run(arguments: Sequence[str], surroundings: Surroundings | None = None) -> int:
    """Run the command that `arguments` name; returns the exit status. Raises nothing."""
    around = surroundings or Surroundings()
    console = _early_console(arguments, around)
    try:
        with contextlib.redirect_stdout(around.stdout), contextlib.redirect_stderr(around.stderr):
            status = _perform(arguments, around)
        around.stdout.flush()
        # Typer makes this of a KeyboardInterrupt in a command.
        if status == ExitStatus.INTERRUPTED and not isinstance(status, ProgramStatus):
            _say_interrupted(console)
        return status
    except PywranglerError as error:
        console.error(error)
        return error.exit_status
    except FollowingEndedError:
        return ExitStatus.INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        _say_interrupted(console)
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        _silence(around)
        return ExitStatus.FAILURE
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL_DISK:
            console.error(_not_written(error))
        else:
            _report_bug(console, error)
        return ExitStatus.FAILURE


def _not_written(error: OSError) -> PywranglerError:
    what = f"`{error.filename}`" if error.filename else "The output or a file"
    hint = "Make room there, or write elsewhere, then repeat the command."
    return PywranglerError(f"{what} cannot be written: {error.strerror}.", hint=hint, code="not-written")


def _say_interrupted(console: Console) -> None:
    console.info("Interrupted. Finished steps are kept; run the same command again to do the rest.")


def _perform(arguments: Sequence[str], around: Surroundings) -> int:
    resolved = resolve(arguments)
    if resolved.command is None:
        return _show_group(resolved.path, resolved.arguments, around)
    begin = _Beginning(around, resolved.command, arguments)
    command = get_command(typer_for(resolved.command, begin, is_fancy=is_terminal(around.stdout)))
    after = resolved.command.program_after
    words = plain_arguments(resolved.arguments, options_of(command), program_after=after)
    begin.as_json = _wants_json(words)
    if "" in words:
        from pywrangler.commands.running.misuse import check_operands

        check_operands(words, command.params)
    name = " ".join((PROGRAM, *resolved.path))
    try:
        status = command.main(words, prog_name=name, standalone_mode=False)
    except PywranglerError as error:
        if error.hint and begin.chosen is not None:
            from pywrangler.commands.running.aimed_hints import aimed

            error.hint = aimed(error.hint, begin.chosen)
        raise
    except typer.TyperException as error:  # the command line does not fit the command's options
        raise _wrangler_only(resolved.path, error) or _misuse(error, resolved.path) from None
    return status if isinstance(status, int) else ExitStatus.OK


def _misuse(error: typer.TyperException, path: Words) -> UsageError:
    from pywrangler.commands.running.misuse import misuse

    return misuse(error, " ".join((PROGRAM, *path)))


def _wrangler_only(path: Words, error: typer.TyperException) -> UsageError | None:
    """The refusal of an option that only Wrangler has; None for another error."""
    option = getattr(error, "option_name", None)
    if option is None:
        return None
    from pywrangler.commands.running.wrangler_options import refused_option

    return refused_option(path, option)


class _Beginning:
    """Makes the `Invocation` of a run from the global options that Typer read."""

    def __init__(self, around: Surroundings, command: Command, arguments: Sequence[str]) -> None:
        self._around = around
        self._command = command
        self._arguments = arguments
        self.as_json = False
        self.chosen: GlobalOptions | None = None

    def __call__(self, chosen: GlobalOptions) -> Invocation:
        self.chosen = chosen
        invocation = Invocation(
            self._around,
            dataclasses.replace(chosen, as_json=self.as_json),
            is_local_by_default=self._command.is_local_by_default,
            arguments=self._arguments,
        )
        if is_namesake_installed(sys.path):
            invocation.console.warning(WARNING)
        return invocation


def _show_group(path: Words, arguments: Sequence[str], around: Surroundings) -> int:
    """Show what is below `path`; other options than those for help are an error."""
    if "--version" in arguments or "-v" in arguments:
        from pywrangler.version import VERSION

        around.stdout.write(VERSION + "\n")
        return ExitStatus.OK
    try:
        get_command(group_typer(path, is_fancy=is_terminal(around.stdout))).main(
            [*(argument for argument in arguments if argument not in ("-h", "--help")), "--help"],
            prog_name=" ".join((PROGRAM, *path)),
            standalone_mode=False,
        )
    except typer.TyperException as error:
        raise _misuse(error, path) from None
    return ExitStatus.OK


def _early_console(arguments: Sequence[str], around: Surroundings) -> Console:
    """A console for errors, which may come before the options are read."""
    debug = "debug" in arguments or "--log-level=debug" in arguments
    return Console(
        stdout=around.stdout,
        stderr=around.stderr,
        environment=around.environment,
        level=LogLevel.DEBUG if debug else LogLevel.LOG,
        as_json=_wants_json(arguments),
    )


def _wants_json(arguments: Sequence[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own or "--json=true" in own


def _report_bug(console: Console, error: Exception) -> None:
    """Name the kind of the error and its place, and for `--log-level debug` the way there. Not its text: an
    unexpected error may quote anything, even a secret that was being read.
    """
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    console.debug("".join(traceback.format_list(frames)), multiline=True)
    place = f" at {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
    console.error(
        PywranglerError(
            f"This is a bug in pywrangler: {type(error).__name__}{place}.",
            hint="Please report it with what `--log-level debug` adds; it holds no values, so no secrets.",
            code="bug",
        )
    )


def _silence(around: Surroundings) -> None:
    """Point standard output to nowhere, so that Python does not complain about the closed pipe when it
    exits.
    """
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), around.stdout.fileno())
