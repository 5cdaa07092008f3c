"""What to do about a program that cannot be executed, by the words of the engine or of the program."""

from __future__ import annotations

import pytest

from pywrangler.deploy.readiness.bring_up import explain_failure
from pywrangler.deploy.readiness.program_errors import hint_of_last_line, hint_of_reason
from tests.unit.deploy.samples import a_container
from tests.unit.deploy.test_bring_up import failure


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ('exec: "/nope": stat /nope: no such file or directory', "no program `/nope`"),
        ('exec: "nope": executable file not found in $PATH', "no program `nope`"),
        ('exec: "/bin/sh": stat /bin/sh: no such file or directory', "needs `/bin/sh`"),
        ("executable file `nope` not found in $PATH: No such file or directory", "no program `nope`"),
        ('exec: "/a": permission denied', "RUN chmod +x /a"),
        ("no command specified", "Add `CMD` or `ENTRYPOINT`"),
        ('exec: "": executable file not found in $PATH', "Add `CMD` or `ENTRYPOINT`"),
        ("unable to find user nobody2: no matching entries in passwd file", "no user or group `nobody2`"),
        ("unable to find group staff2: no matching entries in group file", "no user or group `staff2`"),
        ('chdir to cwd ("/w") set in config.json failed: permission denied', "`WORKDIR`"),
        (
            "start() cannot be called on a container that is already running.",
            "if (!this.ctx.container.running)",
        ),
    ],
)
def test_each_reason_has_a_cure(reason: str, hint: str) -> None:
    assert hint in (hint_of_reason(reason) or "")


@pytest.mark.parametrize(
    ("exit_code", "last", "hint"),
    [
        (1, "exec /a: exec format error", "linux/amd64"),
        (1, "standard_init_linux.go:228: exec user process caused: exec format error", "`#!`"),
        (1, "exec /a: no such file or directory", "Windows line ends"),
        (127, "/bin/sh: nope: not found", "no program `nope`"),
        (127, "bash: line 1: gunicorn: command not found", "no program `gunicorn`"),
    ],
)
def test_the_last_words_of_a_program_have_a_cure(exit_code: int, last: str, hint: str) -> None:
    assert hint in (hint_of_last_line(exit_code, ("starting", last)) or "")


def test_other_words_have_none() -> None:
    assert hint_of_reason("the image is gone") is None
    assert hint_of_last_line(1, ("file not found",)) is None
    assert hint_of_last_line(127, ()) is None


def test_a_container_that_never_ran_is_not_said_to_run() -> None:
    reason = 'could not be started: exec: "/nope": stat /nope: no such file or directory'
    error = explain_failure(a_container(), failure(reason=reason))
    assert f"(application web-hello) {reason}." in error.message
    assert "no program `/nope`" in str(error.hint)
