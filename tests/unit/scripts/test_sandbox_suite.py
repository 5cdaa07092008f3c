"""What the report of the Sandbox SDK's suite says."""

from __future__ import annotations

from scripts.sandbox_suite import KINDS, STAGES, outcome


def test_failed_tests_are_named_with_the_first_line_of_their_reasons() -> None:
    tests = [
        {"status": "passed", "fullName": "runs", "failureMessages": []},
        {"status": "failed", "fullName": "clones", "failureMessages": ["Error: no host\n    at line 1"]},
    ]
    report = {
        "numPassedTests": 1,
        "numFailedTests": 1,
        "numPendingTests": 2,
        "testResults": [
            {"name": "/sdk/git.test.ts", "status": "failed", "assertionResults": tests},
            {"name": "/sdk/pty.test.ts", "status": "failed", "assertionResults": [], "message": "no Worker"},
        ],
    }
    assert outcome(report) == (
        "1 passed, 1 failed, 2 skipped",
        ["git.test.ts: clones: Error: no host", "pty.test.ts: no Worker"],
    )


def test_each_dockerfile_of_the_suite_builds_on_a_stage() -> None:
    assert set(KINDS.values()) <= {line.split()[-1] for line in STAGES.splitlines() if " AS " in line}
