"""Which store an id or a name means."""

from __future__ import annotations

import pytest

from pywrangler.cloudflare.secrets_store import AccountStore
from pywrangler.cloudflare.store_names import choose_store
from pywrangler.errors import PywranglerError


def store(identifier: str, name: str) -> AccountStore:
    return AccountStore(identifier, name, "account", "2026-11-29T00:00:00Z", None)


STORES = [store("1" * 32, "one"), store("2" * 32, "two"), store("own-id", "three"), store("4" * 32, "own-id")]


@pytest.mark.parametrize(
    ("named", "identifier"),
    [
        ("one", "1" * 32),
        ("1" * 32, "1" * 32),
        ("three", "own-id"),
        ("own-id", "own-id"),
        ("4" * 32, "4" * 32),
    ],
)
def test_an_id_counts_more_than_a_name(named: str, identifier: str) -> None:
    assert choose_store(STORES, named).id == identifier


def test_two_stores_with_one_name_are_shown_with_their_ids() -> None:
    with pytest.raises(PywranglerError, match="2 stores have the name `one`") as refused:
        choose_store([*STORES, store("5" * 32, "one")], "one")
    assert "1" * 32 in (refused.value.detail or "")
    assert "5" * 32 in (refused.value.detail or "")


@pytest.mark.parametrize(
    ("stores", "named", "hint"),
    [
        (STORES, "tow", "Did you mean `two`?"),
        (STORES, "zzzzzz", "`pywrangler secrets-store store list` shows the stores."),
        (STORES, "ONE", "shows the stores"),
        ([], "one", "`pywrangler secrets-store store create NAME`"),
    ],
)
def test_an_unknown_store_is_refused_with_what_to_do(
    stores: list[AccountStore], named: str, hint: str
) -> None:
    with pytest.raises(PywranglerError, match=f"no store with the id or the name `{named}`") as refused:
        choose_store(stores, named)
    assert hint in (refused.value.hint or "")
