"""The comparison with Wrangler: its account remembers what a deploy changed, and its table says medians."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.peers.account import PeerAccount
from benchmarks.peers.measure import line
from benchmarks.peers.projects import change_worker, write_long_configuration
from benchmarks.peers.tools import Cost
from tests.support.api import serve
from tests.support.cli import run


def test_a_second_deploy_finds_what_the_first_one_left(tmp_path: Path) -> None:
    account, project = PeerAccount(), tmp_path / "project"
    write_long_configuration(project, 10)
    outcomes = []
    with serve(account.answer) as api:
        for _ in range(2):
            outcomes.append(run("deploy --json", environment=api.environment, directory=project))
            change_worker(project)
    assert [each.status for each in outcomes] == [0, 0], outcomes[0].stderr
    assert list(account.scripts) == ["long"]
    assert account.requests == len(api.calls)
    uploads = [call for call in api.calls if call.path.endswith(("/scripts/long", "/versions"))]
    assert len({call.body for call in uploads if call.method in ("PUT", "POST")}) == 2
    assert account.sent_bytes == sum(len(call.body) for call in api.calls)


def test_listed_applications_are_there(tmp_path: Path) -> None:
    account = PeerAccount()
    account.fill(3)
    with serve(account.answer) as api:
        outcome = run("containers list --json", environment=api.environment, directory=tmp_path)
    assert [each["name"] for each in json.loads(outcome.stdout)] == ["listed-0", "listed-1", "listed-2"]


def test_a_row_has_the_median_of_the_pairs_ratios_and_their_spread() -> None:
    def cost(wall: float) -> Cost:
        return Cost(wall, cpu_seconds=wall / 2, peak_bytes=2**20 * 30, sent_bytes=1500, requests=1)

    pairs = [(cost(1.0), cost(4.0)), (cost(2.0), cost(2.0)), (cost(1.0), cost(2.0))]
    assert line("deploy", pairs) == (
        "| deploy | **0.50** | 3, 0.25-1.00 | 1.00 / 2.00 | 0.50 | 30 / 30 | 2 / 2 |"
    )
