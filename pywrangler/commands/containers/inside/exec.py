"""`pywrangler containers exec`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.inside.choice import Reference, container_of, local_fleet, one_instance
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.running.status import ProgramStatus
from pywrangler.errors import FollowingEndedError, UsageError

if TYPE_CHECKING:
    from pywrangler.inside.engine import EngineSession
    from pywrangler.inside.programs import ContainerProgram
    from pywrangler.inside.sessions import ProgramStreams

Words = Annotated[
    list[str] | None, typer.Argument(metavar="-- COMMAND", help="The program to run, with its arguments.")
]
Interactive = Annotated[
    bool, typer.Option("--interactive", "-i", help="Pass standard input on to the program.")
]
Tty = Annotated[bool, typer.Option("--tty", "-t", help="Give the program a terminal.")]
User = Annotated[
    str | None, typer.Option("--user", "-u", metavar="NAME", help="User, or USER:GROUP, by name or number.")
]
WorkDirectory = Annotated[
    str | None, typer.Option("--workdir", "-w", metavar="PATH", help="Working directory in the container.")
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--env", "-e", metavar="NAME=VALUE", help="Variable for the program; NAME alone passes its value on."
    ),
]
VariableFiles = Annotated[
    list[Path] | None, typer.Option("--env-file", metavar="FILE", help="File of variables for the program.")
]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Start the program and do not wait for it.")]


def exec_(
    run: Invocation,
    application: Reference,
    words: Words = None,
    interactive: Interactive = False,
    tty: Tty = False,
    user: User = None,
    workdir: WorkDirectory = None,
    variables: Variables = None,
    variable_files: VariableFiles = None,
    detach: Detach = False,
) -> int:
    """Run a program in a running instance, on the local platform. The exit status is the program's.

    Without an instance, the only one that runs is meant. Status 127 says that the program does not exist in
    the container, and 126 that it cannot be started.

    Example: pywrangler containers exec -it my-app/alice -- sh
    """
    if not words:
        raise UsageError(
            "There is no program to run.", hint=f"Name it: `pywrangler containers exec {application} -- ls`."
        )
    if detach and interactive:
        raise UsageError("--detach and --interactive exclude each other.")
    _check_terminal(run, interactive=interactive, tty=tty)
    from pywrangler.inside.programs import ContainerProgram, read_variables

    program = ContainerProgram(
        tuple(words),
        has_input=interactive,
        has_terminal=tty,
        user=user,
        directory=workdir,
        variables=read_variables(variables or (), _files(run, variable_files), run.surroundings.environment),
    )
    fleet = local_fleet(run, "exec")
    instance = one_instance(fleet, application)
    container, address = container_of(instance), fleet.engine_of(instance)
    from pywrangler.inside.engine import engine_session

    return ProgramStatus(
        run_in_container(run, engine_session(address), container, program, is_detached=detach)
    )


def run_in_container(
    run: Invocation, engine: EngineSession, container: str, program: ContainerProgram, *, is_detached: bool
) -> int:
    """Run it with the command's own streams; its exit status."""
    from pywrangler.inside.sessions import ProgramNotStartedError, run_program, start_program
    from pywrangler.inside.terminals import raw_terminal

    try:
        if is_detached:
            start_program(engine, container, program)
            return 0
        streams = _streams(run, program)
        with raw_terminal(streams.stdin if program.has_terminal else None):
            return run_program(engine, container, program, streams)
    except KeyboardInterrupt:
        run.console.warning("The program may continue in the container: it could not be sent a signal.")
        raise FollowingEndedError from None
    except ProgramNotStartedError as error:
        run.console.error(error)
        return error.status


def _streams(run: Invocation, program: ContainerProgram) -> ProgramStreams:
    from pywrangler.inside.sessions import ProgramStreams, writer_to

    console = run.console
    console.flush()
    stdin = console.stdin.fileno() if program.has_input and console.stdin is not None else None
    return ProgramStreams(stdin, writer_to(console.stdout, console.stderr), _terminal(run))


def _terminal(run: Invocation) -> int | None:
    """The descriptor of a terminal whose size the program gets."""
    for stream in (run.console.stdout, run.console.stdin, run.console.stderr):
        if stream is not None and stream.isatty():
            return stream.fileno()
    return None


def _check_terminal(run: Invocation, *, interactive: bool, tty: bool) -> None:
    stdin = run.console.stdin
    if tty and interactive and not (stdin is not None and stdin.isatty()):
        raise UsageError(
            "--tty with --interactive needs a terminal, and standard input is none.",
            hint="Omit --tty (`-t`) to pass standard input on without a terminal.",
        )


def _files(run: Invocation, files: list[Path] | None) -> tuple[str, ...]:
    texts = []
    for file in files or ():
        try:
            texts.append((run.directory / file).read_text())
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise UsageError(
                f"The file `{file}` cannot be read: {reason}.", hint="Name a file of variables."
            ) from None
    return tuple(texts)
