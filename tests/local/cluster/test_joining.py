"""A machine joins: over TLS, with a token that is used once, and never with the wrong cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Bucket, BucketAddress
from pywrangler.local.cluster.identity import (
    authority_certificate,
    authority_fingerprint,
    make_cluster_authority,
    make_key,
    make_node_certificate,
)
from pywrangler.local.cluster.settings import (
    ClusterSettings,
    ClusterSettingsError,
    read_settings,
    write_settings,
)
from pywrangler.local.cluster.tokens import JoinTokenError, JoinTokens
from pywrangler.local.daemon.cluster.api import NodeApi, listen_for_nodes
from pywrangler.local.daemon.cluster.founding import (
    ClusterFoundingError,
    check_clock,
    check_cluster,
    found_cluster,
    join_cluster,
)
from pywrangler.local.daemon.cluster.members import MemberRecord, Members
from pywrangler.local.daemon.cluster.peers import PeerError, Peers
from tests.support.ports import free_port
from tests.support.servers.buckets import BucketServer

pytestmark = pytest.mark.slow  # real S3 servers

HOST = "127.0.0.1"
ACCOUNT = "ab" * 16


@pytest.fixture
def address(moto_server: BucketServer, tmp_path: Path) -> BucketAddress:
    return moto_server.address(f"joining-{abs(hash(tmp_path))}")


@pytest.fixture
async def first(tmp_path: Path, address: BucketAddress) -> ClusterSettings:
    """The settings of a cluster's first node."""
    (tmp_path / "first").mkdir()
    return await found_cluster(tmp_path / "first", address, f"{HOST}:{free_port()}", ACCOUNT)


@asynccontextmanager
async def serving(settings: ClusterSettings, home: Path) -> AsyncIterator[JoinTokens]:
    """The node answers; it knows the call `/echo`."""

    async def echo(body: Mapping[str, Any]) -> Any:
        if "fail" in body:
            raise PywranglerError("It failed.", hint="Mend it.")
        return body

    tokens = JoinTokens(home)
    listening = listen_for_nodes(settings.address, settings.port)
    async with NodeApi(settings, tokens, {"/echo": echo}).serving(listening):
        yield tokens


def token_of(settings: ClusterSettings, tokens: JoinTokens) -> str:
    authority = authority_fingerprint(authority_certificate(settings.authority))
    return tokens.make(f"{settings.address}:{settings.port}", authority, 0.0).text().reveal()


def record_of(settings: ClusterSettings) -> MemberRecord:
    return MemberRecord(settings.node, "run", settings.address, settings.port, "1.0")


async def test_a_new_node_has_all_and_a_certificate_of_its_own(
    tmp_path: Path, first: ClusterSettings
) -> None:
    assert read_settings(tmp_path / "first", {}) == first
    async with serving(first, tmp_path / "first") as tokens:
        # Made at time 0, so it would have ended; the clock of the API is the real one.
        authority = authority_fingerprint(authority_certificate(first.authority))
        token = tokens.make(f"{HOST}:{first.port}", authority, 4e9).text().reveal()
        second = await join_cluster(tmp_path / "second", token, f"{HOST}:{free_port()}")
        assert read_settings(tmp_path / "second", {}) == second
        same = replace(second, node=first.node, port=first.port, certificate=first.certificate)
        assert same == first
        assert second.node != first.node
        assert second.certificate != first.certificate
        with pytest.raises(JoinTokenError, match="used before, or is older than a day"):
            await join_cluster(tmp_path / "third", token, f"{HOST}:{free_port()}")
        assert not (tmp_path / "third").exists()
        peers = Peers(second)
        try:
            assert await peers.ask(record_of(first), "/echo", {"a": [1]}) == {"a": [1]}
            with pytest.raises(PeerError, match="It failed") as caught:
                await peers.ask(record_of(first), "/echo", {"fail": True})
            assert caught.value.hint == "Mend it."
            with pytest.raises(PeerError, match="does not know"):
                await peers.ask(record_of(first), "/other")
        finally:
            await peers.close()


async def test_a_token_that_is_too_old_or_of_another_cluster_lets_no_one_in(
    tmp_path: Path, first: ClusterSettings
) -> None:
    async with serving(first, tmp_path / "first") as tokens:
        with pytest.raises(JoinTokenError, match="older than a day"):
            await join_cluster(tmp_path / "second", token_of(first, tokens), f"{HOST}:{free_port()}")
        foreign = tokens.make(f"{HOST}:{first.port}", "cd" * 32, 4e9).text().reveal()
        with pytest.raises(JoinTokenError, match="another cluster"):
            await join_cluster(tmp_path / "second", foreign, f"{HOST}:{free_port()}")
        # It was not sent, so it is not used up.
        assert json.loads((tmp_path / "first/cluster-tokens.json").read_text()) != {}
    with pytest.raises(PeerError, match="cannot be reached"):
        await join_cluster(tmp_path / "second", foreign, f"{HOST}:{free_port()}")


async def test_only_nodes_of_the_cluster_are_answered(tmp_path: Path, first: ClusterSettings) -> None:
    foreign_authority = make_cluster_authority()
    foreign = replace(
        first,
        authority=foreign_authority,
        certificate=make_node_certificate(foreign_authority, "f" * 8, HOST),
    )
    # It trusts the node, and presents a certificate that another authority has signed.
    intruder = replace(first, certificate=foreign.certificate)
    async with serving(first, tmp_path / "first"):
        for settings, reason in (
            (foreign, "no certificate of this cluster"),
            (intruder, "cannot be reached"),
        ):
            peers = Peers(settings)
            try:
                with pytest.raises(PeerError, match=reason):
                    await peers.ask(record_of(first), "/echo")
            finally:
                await peers.close()
        # Without any certificate only two calls are answered.
        reader, writer = await asyncio.open_connection(
            HOST, first.port, ssl=_without_certificate(first), server_hostname=HOST
        )
        writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        assert b" 403 " in (await reader.read()).partition(b"\r\n")[0] + b" "
        writer.close()


async def test_a_bucket_holds_one_cluster(
    tmp_path: Path, first: ClusterSettings, address: BucketAddress
) -> None:
    with pytest.raises(ClusterFoundingError, match="holds a cluster already"):
        await found_cluster(tmp_path / "other", address, f"{HOST}:{free_port()}", ACCOUNT)
    assert not (tmp_path / "other").exists()
    async with Bucket(address) as bucket:
        await check_cluster(bucket, first)
        with pytest.raises(ClusterFoundingError, match="another key"):
            await check_cluster(bucket, replace(first, key=make_key()))
    async with Bucket(replace(address, prefix="empty/")) as bucket:
        with pytest.raises(ClusterFoundingError, match="holds no cluster"):
            await check_cluster(bucket, first)


async def test_an_address_of_another_machine_is_refused_before_anything_is_made(
    tmp_path: Path, address: BucketAddress
) -> None:
    with pytest.raises(ClusterSettingsError, match=r"192\.0\.2\.1:8743"):
        await found_cluster(tmp_path / "first", address, "192.0.2.1", ACCOUNT)
    async with Bucket(address) as bucket:
        assert [each async for each in bucket.list("")] == []


async def test_nodes_say_that_they_are_alive(first: ClusterSettings, address: BucketAddress) -> None:
    second = replace(first, node="0" * 8)
    async with Bucket(address) as bucket:
        members = Members(bucket, record_of(first))
        others = Members(bucket, replace(record_of(second), run="another"))
        await members.beat()
        await others.beat()
        await bucket.put("nodes/damaged.json", b"[]")
        found = {each.record.node: each for each in await members.all()}
        assert set(found) == {first.node, second.node}
        assert all(each.is_alive(1) and each.age_seconds < 5 for each in found.values())
        assert await members.live_runs() == ["another", "run"]
        await others.leave()
        assert await members.live_runs() == ["run"]
        aged = replace(found[second.node], age_seconds=31)
        assert (aged.is_alive(1), replace(aged, age_seconds=29).is_alive(1)) == (False, True)


@pytest.mark.parametrize(("seconds", "words"), [(31, "31 s ahead of"), (-45.2, "45 s behind")])
def test_a_wrong_clock_is_refused(seconds: float, words: str) -> None:
    check_clock(29)
    with pytest.raises(ClusterFoundingError, match=words):
        check_clock(seconds)


def _without_certificate(settings: ClusterSettings) -> Any:
    from pywrangler.local.cluster.identity import client_context

    return client_context(authority_certificate(settings.authority), None)


def test_settings_stay_as_they_were_written(tmp_path: Path, moto_server: BucketServer) -> None:
    authority = make_cluster_authority()
    settings = ClusterSettings(
        moto_server.address("it"),
        make_key(),
        ACCOUNT,
        "0123abcd",
        HOST,
        8743,
        authority,
        make_node_certificate(authority, "0123abcd", HOST),
    )
    write_settings(tmp_path, settings)
    assert read_settings(tmp_path, {}) == settings
