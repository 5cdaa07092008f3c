"""What is said holds no credentials."""

from __future__ import annotations

import pytest

from pywrangler.sensitive import without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at http://user:token@127.0.0.1:9/v4: refused", "at http://[hidden]@127.0.0.1:9/v4: refused"),
        ("https://token@example.com", "https://[hidden]@example.com"),
        ("a postgres://u:p%40w@h/d and redis://:p@h", "a postgres://[hidden]@h/d and redis://[hidden]@h"),
        ("https://example.com/a@b?c=d@e", "https://example.com/a@b?c=d@e"),
        ("registry.example/app@sha256:1", "registry.example/app@sha256:1"),
        ("me@example.com", "me@example.com"),
        ("npm:package@1.2 https://h/p@2", "npm:package@1.2 https://h/p@2"),
    ],
)
def test_addresses_lose_their_user_information(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
