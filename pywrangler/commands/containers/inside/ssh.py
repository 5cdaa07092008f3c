"""`pywrangler containers ssh`."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.running.status import ProgramStatus
from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError, PywranglerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pywrangler.cloudflare.products.instances import KnownInstance, LocalFleet

Instance = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE", help="Id of the instance; on the local platform also APP/INSTANCE, or a name."
    ),
]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="-- COMMAND", help="What the shell of the instance runs, in place of a session."),
]
Stdio = Annotated[
    bool,
    typer.Option("--stdio", help="Carry SSH over standard input and output, for `ProxyCommand` of ssh."),
]
Tty = Annotated[
    bool | None,
    typer.Option("--tty/--no-tty", "-t", help="Give the command a terminal, as for `-- bash`."),
]


Passed = Annotated[str | None, typer.Option(hidden=True, help="Passed on to ssh.")]


@dataclass(frozen=True)
class SshCall:
    """What the command line says. The hidden options are those of ssh that Wrangler (4.164) still passes
    on.
    """

    instance: Instance
    words: Words = None
    stdio: Stdio = False
    tty: Tty = None
    cipher: Passed = None
    log_file: Passed = None
    escape_char: Passed = None
    config_file: Annotated[
        str | None, typer.Option("--config-file", "-F", hidden=True, help="Passed on to ssh.")
    ] = None
    pkcs11: Passed = None
    identity_file: Annotated[
        str | None, typer.Option("--identity-file", "-i", hidden=True, help="Passed on to ssh.")
    ] = None
    mac_spec: Annotated[
        str | None, typer.Option("--mac-spec", "-m", hidden=True, help="Passed on to ssh.")
    ] = None
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", hidden=True, help="Passed on to ssh.")
    ] = None
    tag: Passed = None


_LETTERS = {
    "cipher": "-c",
    "log_file": "-E",
    "escape_char": "-e",
    "config_file": "-F",
    "pkcs11": "-I",
    "identity_file": "-i",
    "mac_spec": "-m",
    "tag": "-P",
}
USER = "cloudchamber"
FAILED = 255
"""What ssh ends with if it failed itself."""


def ssh(run: Invocation, call: SshCall) -> int:
    """Open a shell in a running instance, or run a command in it. The exit status is the command's.

    At Cloudflare it goes over SSH: `ssh` must be enabled in the configuration, your key must be in
    `authorized_keys`, and the program `ssh` must be installed. On the local platform the engine starts the
    shell, and no key is needed.

    Example: pywrangler containers ssh 8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f -- ls /
    """
    return _local(run, call) if run.target is Target.LOCAL else _over_ssh(run, call)


def _over_ssh(run: Invocation, call: SshCall) -> int:
    from pywrangler.cloudflare.client import USER_AGENT
    from pywrangler.cloudflare.products.ssh import carry_standard_streams, get_access, serve_ssh

    environment = run.environment
    program = shutil.which("ssh", path=environment.get("PATH"))
    if is_proxy := uses_stdio(call, has_terminal=_has_terminal(run)):
        run.console.flush()
    elif program is None:
        raise MissingError(
            "The program `ssh` is not installed.", hint="Install OpenSSH's client.", code="no-ssh"
        )
    access = get_access(run.client, call.instance)
    if is_proxy:
        stdin, stdout = _descriptors(run)
        with suppress(KeyboardInterrupt):  # how ssh ends its `ProxyCommand`
            asyncio.run(carry_standard_streams(access, environment, USER_AGENT, stdin, stdout))
        return 0
    is_debugged = environment.get("WRANGLER_LOG") == "debug"

    def start(port: int) -> asyncio.Task[int]:
        command = [str(program), *ssh_args(port, call, is_debugged=is_debugged)]
        return asyncio.ensure_future(_run_program(command))

    status = asyncio.run(serve_ssh(access, environment, USER_AGENT, start))
    if status == FAILED:
        raise PywranglerError(
            "ssh failed. Is the container running, and your key in `authorized_keys`?",
            hint="SSH does not start an instance, and does not keep it from sleeping.",
            code="ssh-failed",
        )
    return ProgramStatus(status)


async def _run_program(command: Sequence[str]) -> int:
    loop = asyncio.get_running_loop()
    # Ctrl-C is for the program at the other end.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    process = await asyncio.create_subprocess_exec(*command)
    status = await process.wait()
    return 128 - status if status < 0 else status


def uses_stdio(call: SshCall, *, has_terminal: bool) -> bool:
    """Whether SSH itself goes over the standard streams. As with Wrangler, also where neither of them is a
    terminal, which is how ssh starts a `ProxyCommand`.
    """
    return call.stdio or (call.tty is not True and not has_terminal)


def ssh_args(port: int, call: SshCall, *, is_debugged: bool) -> list[str]:
    """The arguments of ssh, which are Wrangler's (4.164)."""
    args = [f"{USER}@127.0.0.1", "-p", str(port)]
    settings = ["ControlMaster=no", "ControlPersist=no"]
    # All instances have the same address here, and each has a key of its own.
    settings += ["UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no"]
    settings += [] if is_debugged else ["LogLevel=ERROR"]
    settings += [] if call.tty is None else [f"RequestTTY={'force' if call.tty else 'no'}"]
    for setting in settings:
        args += ["-o", setting]
    for name, letter in _LETTERS.items():
        if (value := getattr(call, name)) is not None:
            args += [letter, value]
    for setting in call.option or ():
        args += ["-o", setting]
    return [*args, "--", *(call.words or ())]


def _has_terminal(run: Invocation) -> bool:
    streams = (run.console.stdin, run.console.stdout)
    return any(stream is not None and stream.isatty() for stream in streams)


def _descriptors(run: Invocation) -> tuple[int, int]:
    stdin, stdout = run.console.stdin, run.console.stdout
    return (stdin.fileno() if stdin is not None else os.open(os.devnull, os.O_RDONLY)), stdout.fileno()


def _local(run: Invocation, call: SshCall) -> int:
    from pywrangler.commands.containers.inside.choice import container_of, local_fleet
    from pywrangler.commands.containers.inside.exec import run_in_container
    from pywrangler.inside.engine import engine_session
    from pywrangler.inside.programs import ContainerProgram

    if call.stdio:
        raise UsageError(
            "--stdio carries SSH, and instances of the local platform have no SSH server.",
            hint="Omit it: the engine starts the shell.",
        )
    stdin = run.console.stdin
    is_terminal = stdin is not None and stdin.isatty()
    if call.tty and not is_terminal:
        raise UsageError("--tty needs a terminal, and standard input is not one.", hint="Omit it.")
    program = ContainerProgram(
        shell_command(call.words or ()),
        has_input=True,
        has_terminal=is_terminal and (call.tty is True or (call.tty is None and not call.words)),
    )
    fleet = local_fleet(run, "ssh")
    instance = find_instance(fleet, call.instance)
    container, address = container_of(instance), fleet.engine_of(instance)
    return ProgramStatus(
        run_in_container(run, engine_session(address), container, program, is_detached=False)
    )


def shell_command(words: Sequence[str]) -> tuple[str, ...]:
    """What runs in the container: the words as sshd gives them to a shell, or a session of the best shell."""
    if words:
        return "sh", "-c", " ".join(words)
    return "sh", "-c", "command -v bash > /dev/null 2>&1 && exec bash -l || exec sh -l"


def find_instance(fleet: LocalFleet, text: str) -> KnownInstance:
    """The instance that is meant by its id or the beginning of it, by the name of its object, or as
    `APP/INSTANCE`. Raises `PywranglerError`.
    """
    from pywrangler.cloudflare.products.ssh import no_instance
    from pywrangler.commands.containers.choice import is_beginning
    from pywrangler.commands.containers.inside.choice import SEPARATOR, not_running, one_instance

    exact = [each for each in fleet.instances if text in (each.id, each.durable_object_id)]
    found = exact or [
        each
        for each in fleet.instances
        if is_beginning(text, each.id) or is_beginning(text, each.durable_object_id)
    ]
    found = found or [each for each in fleet.instances if each.is_named(text) and each.is_alive]
    if len(found) > 1 and not exact:
        raise PywranglerError(
            f"`{text}` may be several instances.", hint="Write more of the id.", code="ambiguous"
        )
    if not found:
        try:
            return one_instance(fleet, text)
        except PywranglerError as error:
            if error.code != "application-not-found" or SEPARATOR in text:
                raise
            raise no_instance(text) from None
    if not found[0].is_alive:
        raise not_running(found[0])
    return found[0]
