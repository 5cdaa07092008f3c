"""Options that only Wrangler has are refused by name, with what to do."""

from __future__ import annotations

import pytest
from typer.main import get_command

from pywrangler.commands.running.typer_apps import typer_for
from pywrangler.commands.running.wrangler_options import WRANGLER_ONLY_OPTIONS
from pywrangler.commands.tree import COMMANDS
from pywrangler.errors import ExitStatus
from tests.support.cli import run

EVERY = [(path, option) for path, options in WRANGLER_ONLY_OPTIONS.items() for option in options]


@pytest.mark.parametrize(("path", "option"), EVERY)
def test_each_is_refused_by_name(path: str, option: str) -> None:
    outcome = run(f"{path} {option} value")
    assert outcome.status == ExitStatus.USAGE
    assert f"`{option}` is an option of Wrangler's `{path}` that pywrangler does not have." in outcome.stderr
    assert len(outcome.stderr.split("\n\n")) == 2


@pytest.mark.parametrize(
    ("words", "named", "hint"),
    [
        ("deploy --zoneId 1", "`--zoneId`", "zone_name"),
        ("deploy --route a.example/* --zone=a.example", "`--zone`", "zone_name"),
        ("deploy --no-node-compat", "`--no-node-compat`", "nodejs_compat"),
        ("init --from-dash w", "`--from-dash`", "`npx wrangler init --from-dash`"),
        ("tail --debug=true", "`--debug`", "exact"),
    ],
)
def test_however_they_are_written(words: str, named: str, hint: str) -> None:
    said = run(words).stderr
    assert f"{named} is an option of Wrangler's" in said
    assert hint in said


def test_an_option_that_no_command_has_stays_unknown() -> None:
    assert "There is no option `--nope`" in run("deploy --nope").stderr
    assert "There is no option `--zone`" in run("tail --zone a").stderr


def test_the_list_names_no_option_of_ours() -> None:
    """An option that is added has to leave the list."""
    for command in COMMANDS:
        listed = WRANGLER_ONLY_OPTIONS.get(" ".join(command.path), {})
        made = get_command(typer_for(command, lambda _: None))  # type: ignore[arg-type, return-value]
        assert not {name for option in made.params for name in (*option.opts, *option.secondary_opts)} & {
            *listed
        }
    assert {*WRANGLER_ONLY_OPTIONS} <= {" ".join(command.path) for command in COMMANDS}


@pytest.mark.parametrize("rate", ["0", "1", "-0.5", "7", "nan"])
def test_a_share_of_events_that_is_none_is_refused(rate: str) -> None:
    outcome = run(f"tail w --sampling-rate={rate}")
    assert outcome.status == ExitStatus.USAGE
    assert "not between 0 and 1" in outcome.stderr
