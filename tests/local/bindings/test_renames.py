"""Durable Object classes that are renamed, in real workerd processes: bindings of other Workers work on."""

from __future__ import annotations

import os

import pytest

from pywrangler.local.client.stopping import stop
from tests.local.bindings.test_transfers import CALLER, bound, counter, create
from tests.local.daemon.uploads import Account
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd


def rename(account: Account, worker: str, former: str, name: str, tags: tuple[str, str]) -> str:
    """Deploy the Worker with its class renamed; its address."""
    step = {"renamed_classes": [{"from": former, "to": name}]}
    migrations = {"old_tag": tags[0], "new_tag": tags[1], "steps": [step]}
    account.migrated.discard(worker)
    return account.deploy(worker, counter(worker, name), migrations=migrations, bindings=bound(name))


def test_calls_by_a_former_name_reach_the_same_object_all_the_time(account: Account) -> None:
    owner = account.deploy("owner", counter("owner", "Counter"), **create("Counter"))
    guest = account.deploy("guest", CALLER, bindings=bound("Counter", script_name="owner"))
    assert [request(owner).text, request(guest).text] == ["owner 1", "owner 2"]
    with Hammer(guest, clients=2) as hammer:
        rename(account, "owner", "Counter", "Tally", ("v1", "v2"))
        eventually(lambda: hammer.total > 20)
        rename(account, "owner", "Tally", "Sum", ("v2", "v3"))
        seen = hammer.total
        eventually(lambda: hammer.total > seen + 20)
    assert hammer.failures == []
    assert hammer.statuses() == {200}
    counts = sorted(int(text.rpartition(" ")[2]) for text in hammer.bodies())
    assert counts == list(range(3, len(counts) + 3))
    last = counts[-1]
    stop(os.environ)
    account.platform.start()
    assert eventually(lambda: request(guest)).text == f"owner {last + 1}"
    account.deploy("guest", CALLER + "// again", bindings=bound("Counter", script_name="owner"))
    assert [request(guest).text, request(owner).text] == [f"owner {last + 2}", f"owner {last + 3}"]


def test_a_class_without_objects_stands_in_for_one_that_was_never_here(account: Account) -> None:
    early = account.deploy("early", CALLER, bindings=bound("Ghost", script_name="late"))
    assert request(early).status == 503
    migrations = {
        "new_tag": "v3",
        "steps": [
            {"deleted_classes": ["Attic"]},
            {"renamed_classes": [{"from": "Ghost", "to": "Spirit"}]},
            {"transferred_classes": [{"from": "Room", "from_script": "nobody", "to": "Hall"}]},
            {"renamed_classes": [{"from": "Spirit", "to": "Counter"}], "deleted_classes": ["Hall"]},
        ],
    }
    late = account.deploy(
        "late", counter("late", "Counter"), migrations=migrations, bindings=bound("Counter")
    )
    assert [request(late).text, request(early).text] == ["late 1", "late 2"]
