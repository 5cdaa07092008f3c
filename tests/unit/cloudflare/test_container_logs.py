"""Whose line a line of a container's log is."""

from __future__ import annotations

import pytest

from pywrangler.cloudflare.products.container_logs import owner_of_line


@pytest.mark.parametrize(
    ("name", "object_id", "instance", "owner"),
    [
        ("alice", "0123456789abcdef", "11111111-1111", "alice"),
        (None, "0123456789abcdef", "11111111-1111", "01234567"),
        (None, None, "11111111-1111", "11111111"),
        (None, None, None, ""),
    ],
)
def test_a_line_belongs_to_the_first_that_is_known(
    name: str | None, object_id: str | None, instance: str | None, owner: str
) -> None:
    line = {"durable_object_name": name, "durable_object_id": object_id, "instance": instance}
    assert owner_of_line(line) == owner
