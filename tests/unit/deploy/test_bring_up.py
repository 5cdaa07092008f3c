"""What is said of an instance that did not come up, by value."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.cloudflare.local import NotBroughtUp
from pywrangler.deploy.readiness.bring_up import explain_failure
from pywrangler.errors import ExitStatus
from tests.unit.deploy.samples import a_container


def failure(**known: Any) -> NotBroughtUp:
    fields: dict[str, Any] = {
        "message": "it did not come up",
        "reason": None,
        "exit_code": None,
        "oom_killed": False,
        "log_tail": (),
        "refused_ports": (),
        "listening": (),
        "stack": (),
        "application": "web-hello",
    }
    return NotBroughtUp(**(fields | known))


@pytest.mark.parametrize(
    ("known", "message", "hint"),
    [
        ({"exit_code": 3, "refused_ports": (8080,)}, "exited with code 3", "keep running"),
        ({"exit_code": 64}, "exited with code 64", "do its work and end, with code 0"),
        ({"oom_killed": True, "exit_code": 137}, "more than its 256 MiB", "larger `instance_type`"),
        (
            {"refused_ports": (8080,), "listening": (":::3000",)},
            "nothing listens on port 8080; it listens on 3000",
            "defaultPort = 3000",
        ),
        (
            {"refused_ports": (8080,), "listening": ("127.0.0.1:8080",)},
            "port 8080 at 127.0.0.1 only",
            "Make the program listen on",
        ),
        ({"refused_ports": (8080,)}, "nothing listens on port 8080.", "0.0.0.0:8080"),
        (
            {"refused_ports": (8080,), "listening": (":::8080",)},
            "listens on port 8080, but only after",
            "listen sooner",
        ),
        (
            {"refused_ports": (8080,), "listening": ("127.0.0.1:3000",)},
            "it listens on 127.0.0.1:3000",
            "0.0.0.0:8080",
        ),
        ({"reason": "the image is gone"}, "did not come up: the image is gone", "local logs"),
    ],
)
def test_each_reason_is_named_with_what_to_do(known: dict[str, Any], message: str, hint: str) -> None:
    error = explain_failure(a_container(), failure(**known))

    assert message in error.message
    assert "application web-hello" in error.message
    assert hint in str(error.hint)
    assert error.exit_status == ExitStatus.NOT_READY


def test_the_last_log_lines_are_shown() -> None:
    error = explain_failure(a_container(), failure(exit_code=1, log_tail=("starting", "no database")))
    assert error.detail == "Last lines of its log:\n  starting\n  no database"


def test_the_hint_of_a_failing_class_names_the_workers_log() -> None:
    error = explain_failure(a_container(), failure(reason="x is not a function"), worker="shop")
    assert error.hint is not None
    assert error.hint.startswith("Correct the class")
    assert "`pywrangler local logs shop`" in error.hint


def test_an_error_of_the_code_names_its_place() -> None:
    stack = ("at length (<anonymous>)", "at helper (src/index.ts:2:37)", "at new Box (src/index.ts:7:14)")
    error = explain_failure(a_container(), failure(reason="no length", stack=stack))
    assert "did not come up: no length (src/index.ts:2:37)." in error.message
    assert error.detail == "  " + "\n  ".join(stack)
