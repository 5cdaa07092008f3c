"""What `make starts` reports."""

from __future__ import annotations

from scripts.starts import Run, read_steps, summary

LOG = """\
{"time": 1, "stream": "platform", "text": "info: start: opening the database took 0.02 s"}
{"time": 1, "stream": "platform", "text": "info: start: serving took 1.50 s"}
{"time": 1, "stream": "platform", "text": "info: pywrangler 0.1.0 serves http://127.0.0.1:1/client/v4"}
{"time": 1, "stream": "platform", "text": "warning: start: serving failed after 1.50 s"}
"""


def test_steps_are_read_from_the_log() -> None:
    assert read_steps(LOG) == {"opening the database": 0.02, "serving": 1.5}
    assert read_steps("") == {}


def test_times_and_failures_are_summed_up() -> None:
    runs = [Run(each, 0.5, {"serving": each / 10}) for each in (3.0, 1.0, 2.0)]
    lines = summary([*runs, Run(60, 1, {}, "/tmp/3: local start: status 1: no")])
    assert lines[0] == "4 starts, 1 failures"
    assert lines[2].split() == ["start", "1.00", "2.00", "3.00"]
    assert lines[3].split() == ["stop", "0.50", "0.50", "0.50"]
    assert lines[4].split() == ["serving", "0.10", "0.20", "0.30"]
    assert lines[-1] == "failed: /tmp/3: local start: status 1: no"
    assert summary([Run(1, 1, {}, "no")]) == ["1 starts, 1 failures", "failed: no"]
