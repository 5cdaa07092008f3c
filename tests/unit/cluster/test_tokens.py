"""Tokens: what one holds, that it is used once and not for ever, and that it does not show itself."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pywrangler.local.cluster.tokens import LIFETIME_SECONDS, JoinTokenError, JoinTokens, parse_token
from pywrangler.sensitive import Sensitive

AUTHORITY = "ab" * 32


def test_a_token_is_used_once(tmp_path: Path) -> None:
    tokens = JoinTokens(tmp_path)
    first, second = (tokens.make("10.0.0.1:8743", AUTHORITY, 1000.0) for _ in range(2))
    assert parse_token(first.text().reveal()) == first
    assert tokens.take(first.secret, 1001.0)
    assert not tokens.take(first.secret, 1002.0)
    again = JoinTokens(tmp_path)  # as after a restart
    assert not again.take(first.secret, 1003.0)
    assert not again.take(Sensitive("guessed"), 1003.0)
    assert again.take(second.secret, 1003.0)


def test_a_token_ends_after_a_day(tmp_path: Path) -> None:
    tokens = JoinTokens(tmp_path)
    token = tokens.make("10.0.0.1:8743", AUTHORITY, 1000.0)
    assert not tokens.take(token.secret, 1000.0 + LIFETIME_SECONDS)
    assert tokens.take(token.secret, 999.0 + LIFETIME_SECONDS)


def test_the_file_has_no_secret(tmp_path: Path) -> None:
    token = JoinTokens(tmp_path).make("10.0.0.1:8743", AUTHORITY, 0.0)
    file = tmp_path / "cluster-tokens.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token.secret.reveal() not in file.read_text()
    assert token.secret.reveal() not in repr(token)


def test_a_damaged_file_has_no_token(tmp_path: Path) -> None:
    tokens = JoinTokens(tmp_path)
    token = tokens.make("10.0.0.1:8743", AUTHORITY, 0.0)
    (tmp_path / "cluster-tokens.json").write_text("[]")
    assert not tokens.take(token.secret, 1.0)


def test_half_a_token_is_refused_without_its_text(tmp_path: Path) -> None:
    whole = JoinTokens(tmp_path).make("10.0.0.1:8743", AUTHORITY, 0.0).text().reveal()
    assert parse_token(f" {whole}\n").address == "10.0.0.1:8743"
    for text in ("", "pwc1-", whole[:-4], whole[5:], whole.replace("pwc1", "pwc9"), "pwc1-!!!", "pwc1-W10"):
        with pytest.raises(JoinTokenError) as caught:
            parse_token(text)
        assert whole[8:40] not in str(caught.value)
