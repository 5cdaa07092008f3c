"""What is written where: results, messages, tables and progress, plain and on a terminal."""

from __future__ import annotations

import io
import re
import threading

import pytest

from pywrangler.console import Console, LogLevel
from pywrangler.errors import PywranglerError, UsageError
from tests.support.cli import Typed

TIME = "2001-02-03 04:05:06+00:00"


def console(
    *, on_terminal: bool = False, level: LogLevel = LogLevel.LOG, plain: bool = False, stdin: str = ""
) -> Console:
    stream = Typed if on_terminal else io.StringIO
    return Console(
        stdout=stream(),
        stderr=stream(),
        stdin=stream(stdin),
        environment={"NO_COLOR": "1"} if plain else {"TERM": "xterm"},
        level=level,
        interactive=on_terminal,
    )


def written(made: Console) -> tuple[str, str]:
    assert isinstance(made.stdout, io.StringIO)
    assert isinstance(made.stderr, io.StringIO)
    return made.stdout.getvalue(), made.stderr.getvalue()


def test_results_go_to_standard_output_and_all_else_to_standard_error() -> None:
    made = console()
    made.result("a result")
    made.json({"ü": 1})
    made.info("in passing")
    made.success("done")
    made.warning("careful")
    made.debug("unseen")
    assert written(made) == (
        'a result\n{\n  "ü": 1\n}\n',
        "in passing\ndone\nWarning: careful\n",
    )


def test_an_error_has_message_detail_and_hint() -> None:
    made = console()
    made.error(PywranglerError("It failed.", detail="line 1\nline 2\n", hint="Do this."))
    assert written(made)[1] == "Error: It failed.\n\nline 1\nline 2\n\nDo this.\n"


def test_levels_leave_messages_out() -> None:
    made = console(level=LogLevel.ERROR)
    made.warning("careful")
    with made.progress() as progress:
        progress.task("Building").done()
    made.error(PywranglerError("It failed."))
    assert written(made)[1] == "Error: It failed.\n"


def test_colours_are_for_terminals_that_want_them() -> None:
    for made, has_colour in (
        (console(on_terminal=True), True),
        (console(on_terminal=True, plain=True), False),
        (console(), False),
    ):
        made.success("done")
        assert ("\x1b[" in written(made)[1]) is has_colour


def test_a_table_is_aligned_and_ends_no_line_with_blanks() -> None:
    made = console()
    made.table(("ID", "NAME"), [("1", "long name"), ("22", ""), (None, "two\nlines")])
    assert written(made)[0] == "ID  NAME\n1   long name\n22\n-   two\\nlines\n"


@pytest.mark.parametrize(("on_terminal", "shown"), [(True, "2001-02-03 04:05:06"), (False, TIME)])
def test_a_table_on_a_terminal_has_short_times(on_terminal: bool, shown: str) -> None:
    made = console(on_terminal=on_terminal, plain=True)
    made.table(("NAME", "CREATED"), [("a", TIME)])
    assert written(made)[0].splitlines()[1] == f"a     {shown}"


def test_a_table_on_a_terminal_has_colours_and_keeps_ids_whole() -> None:
    made = console(on_terminal=True)
    made.table(("ID", "STATE"), [("1" * 200, "running"), (None, "failed")])
    out = written(made)[0]
    assert re.sub(r"\x1b\[[0-9]+m", "", out).splitlines() == [
        f"{'ID':200}  STATE",
        f"{'1' * 200}  running",
        f"{'-':200}  failed",
    ]
    assert out != re.sub(r"\x1b\[[0-9]+m", "", out)


def test_plain_progress_is_a_line_for_each_event_and_none_twice() -> None:
    made = console()
    with made.progress() as progress:
        one, two = progress.task("Building web"), progress.task("Building api")
        one.update("step 1/2")
        one.update("step 1/2")
        one.advance(5, 10)
        two.failed("exit status 1")
        one.done("built in 2.1 s")
    assert written(made)[1].splitlines() == [
        "Building web: step 1/2",
        "Building api: exit status 1",
        "Building web: built in 2.1 s",
    ]


def test_lines_of_threads_do_not_mix() -> None:
    made = console()
    with made.progress() as progress:
        threads = [
            threading.Thread(target=lambda n=n: [progress.task(f"t{n}").update("x" * 50) for _ in range(50)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = written(made)[1].splitlines()
    assert len(lines) == 200
    assert all(line[2:] == ": " + "x" * 50 for line in lines)


def test_live_progress_shows_titles_texts_and_what_was_left_undone() -> None:
    made = console(on_terminal=True)
    with made.progress() as progress:
        task = progress.task("Building [web]")
        task.update("step 1/2\nsecond line")
        task.advance(5, 10)
        task.done("built in 2.1 s")
        progress.task("Never done")
    out = written(made)[1]
    assert "Building [web]" in out
    assert "built in 2.1 s" in out
    assert "stopped" in out


def test_no_question_is_asked_without_a_terminal() -> None:
    with pytest.raises(UsageError, match="Delete it"):
        console().confirm("Delete it?")


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("maybe\ny\n", True)]
)
def test_questions_want_yes_or_no(typed: str, answer: bool) -> None:
    assert console(on_terminal=True, stdin=typed).confirm("Sure?") is answer


def test_choices_are_numbers() -> None:
    made = console(on_terminal=True, stdin="0\nx\n2\n")
    assert made.choose("Which?", ["a", "b"]) == 1
    assert "2. b" in written(made)[1]
