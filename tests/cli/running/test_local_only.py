"""Commands for which Cloudflare's interface has no call: refused with the reason, and with what to use."""

from __future__ import annotations

import pytest

from pywrangler.commands.containers.inside.choice import INSTEAD
from pywrangler.errors import ExitStatus
from tests.support.cli import run

ARGUMENTS = {"exec": "app/one -- ls", "cp": "app/one:/x .", "port-forward": "app/one 80"}


@pytest.mark.parametrize("command", INSTEAD)
def test_it_is_refused_at_cloudflare(command: str) -> None:
    done = run(f"containers {command} --remote {ARGUMENTS.get(command, 'app')}")
    assert done.status == ExitStatus.FAILURE
    assert f"`containers {command}` works on the local platform only" in done.stderr
    assert "--local acts on this machine" in done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("exec app/one", "There is no program to run"),
        ("exec -d -i app/one -- ls", "exclude each other"),
        ("exec -it app/one -- sh", "standard input is none"),
        ("exec --env-file none app/one -- sh", "The file `none` cannot be read"),
        ("cp a b", "Neither path is in an instance"),
        ("cp a:/b c:/d", "Both paths are in instances"),
        ("port-forward app/one two", "does not name one instance"),
        ("port-forward app/one 70000", "`70000` is not a port"),
        ("stop app/one --all", "--all means all"),
        ("wait app --timeout soon", "which is not a duration"),
        ("wait app --for lunch", "It must be one of"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_starts(words: str, reason: str) -> None:
    done = run(f"containers {words} --local" if "--" not in words.split() else f"containers {words}")
    assert done.status == ExitStatus.USAGE
    assert reason in done.stderr
