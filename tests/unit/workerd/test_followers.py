"""What waits for those who follow a log."""

from __future__ import annotations

from pywrangler.local.workerd.followers import BACKLOG_BYTES, ITEM_BYTES, Followers


async def read_all(followers: Followers[str], items: list[str]) -> list[str]:
    """What a follower gets that reads when all was said."""
    with followers.join() as follower:
        for item in items:
            followers.tell(item)
        followers.dismiss()
        return [item async for item in follower.read()]


async def test_a_follower_gets_everything_in_order() -> None:
    assert await read_all(Followers(), ["a", "b", "c"]) == ["a", "b", "c"]


async def test_what_waits_for_a_slow_follower_has_a_size() -> None:
    large = "x" * (BACKLOG_BYTES // 4)
    items = [f"{number}{large}" for number in range(10)]
    assert [item[0] for item in await read_all(Followers(len), items)] == ["7", "8", "9"]
    assert len(await read_all(Followers(), ["a"] * 20_000)) == BACKLOG_BYTES // ITEM_BYTES


async def test_one_item_may_be_larger_than_all_that_may_wait() -> None:
    assert len(await read_all(Followers(len), ["a", "x" * 2 * BACKLOG_BYTES])) == 1


async def test_what_was_read_no_longer_counts() -> None:
    followers: Followers[str] = Followers(len)
    half = "x" * (BACKLOG_BYTES // 2)
    with followers.join() as follower:
        reading = follower.read()
        for _ in range(5):
            followers.tell(half)
            assert await anext(reading) == half
        followers.tell(half)
        followers.tell(half)
        assert follower.waiting == 2
