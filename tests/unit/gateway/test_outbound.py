"""Outgoing connections, the parts that only decide: first bytes, DNS, rules, certificates."""

from __future__ import annotations

import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from pywrangler.local.gateway.containers.networks import Network
from pywrangler.local.gateway.outbound.addresses import bound
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.dns_messages import NO_SUCH_NAME, read_question, write_response
from pywrangler.local.gateway.outbound.egress import Egress
from pywrangler.local.gateway.outbound.firewall import (
    Standing,
    deletions,
    plan_apart_rules,
    plan_closed_rules,
    plan_intercepted_ipv6_rules,
    plan_intercepted_rules,
    standing,
)
from pywrangler.local.gateway.outbound.first_bytes import MOST_BYTES, Opening, Protocol, read_opening


def client_hello(name: str | None) -> bytes:
    """What Python's own TLS sends first."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    ("data", "opening"),
    [
        (b"GET / HTTP/1.1\r\nAccept: */*\r\nhost: My.KV:8080\r\n\r\n", Opening(Protocol.HTTP, "My.KV")),
        (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", Opening(Protocol.HTTP, "::1")),
        (b"GET / HTTP/1.0\r\n\r\n", Opening(Protocol.HTTP, None)),
        (b"GET / HTTP/1.1\r\nX-Host: other\r\n\r\nHost: body", Opening(Protocol.HTTP, None)),
        (b"GET / HTTP/1.1\r\nHost: my", None),
        (b"", None),
        (b"EHLO there\r\n", Opening(Protocol.OTHER)),
        (b"\x00\x00\x00\x08", Opening(Protocol.OTHER)),
        (b"A" * MOST_BYTES, Opening(Protocol.OTHER)),
        (b"\x16\x03\x01", None),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", Opening(Protocol.TLS)),
    ],
)
def test_first_bytes(data: bytes, opening: Opening | None) -> None:
    assert read_opening(data) == opening


@pytest.mark.parametrize("name", ["my.kv", "a-longer-name.example.com", None])
def test_the_server_name_of_a_tls_connection(name: str | None) -> None:
    hello = client_hello(name)
    assert read_opening(hello) == Opening(Protocol.TLS, name)
    assert read_opening(hello[:50]) is None
    for length in range(len(hello)):
        read_opening(hello[:length], is_all=True)


def test_whoever_says_nothing_waits_for_the_server_to_speak() -> None:
    assert read_opening(b"", is_all=True) == Opening(Protocol.OTHER)


def test_dns_questions_and_answers() -> None:
    query = bytes.fromhex("abcd01000001000000000000026d79026b760000010001")
    question = read_question(query)
    assert question is not None
    assert (question.id, question.name, question.type) == (0xABCD, "my.kv", 1)
    answer = write_response(question, ["198.18.0.1"])
    assert answer == bytes.fromhex(
        "abcd81800001000100000000026d79026b760000010001c00c00010001000000050004"
    ) + socket.inet_aton("198.18.0.1")
    assert write_response(question, [], NO_SUCH_NAME)[3] & 0xF == 3
    assert read_question(answer) is None, "a response is no question"
    assert [read_question(query[:length]) for length in range(len(query))] == [None] * len(query)


def test_the_settings_of_a_way_out_stay_until_they_change() -> None:
    start = Egress().updated(
        {"port": 5, "dns": {"allowHostnames": ["My.kv", "*.example"]}, "internet": {"enabled": True}}
    )
    assert start == Egress(is_internet_allowed=True, handled_names=("My.kv", "*.example"), port=5)
    assert start.updated({"port": 6}) == Egress(True, ("My.kv", "*.example"), 6)
    assert not start.updated({"dns": {}}).is_intercepted
    assert [start.handles(name) for name in ("my.KV", "a.b.example", "example", "my.kv.org")] == [
        True,
        True,
        False,
        False,
    ]
    assert not Egress().is_internet_allowed


def test_rules_are_inserted_with_their_networks_name_and_found_by_it() -> None:
    [closed] = plan_closed_rules("br-1")
    assert " ".join(closed.args("-I", "pywrangler-1-internal")) == (
        "-w 5 -t filter -I INPUT -i br-1 -m conntrack ! --ctstate ESTABLISHED,RELATED"
        " -m comment --comment pywrangler-1-internal -j REJECT"
    )
    intercepted = plan_intercepted_rules("br-2", tcp_port=1, dns_port=2)
    assert [(rule.chain, rule.target[0]) for rule in intercepted] == [
        ("PREROUTING", "REDIRECT"),
        ("PREROUTING", "REDIRECT"),
        ("INPUT", "ACCEPT"),
        ("INPUT", "ACCEPT"),
        ("INPUT", "REJECT"),
        ("DOCKER-USER", "REJECT"),
    ]
    ipv6 = plan_intercepted_ipv6_rules("br-2", tcp_port=1)
    assert {rule.family for rule in ipv6} == {6}
    assert [(rule.chain, rule.target[0]) for rule in ipv6] == [
        ("PREROUTING", "REDIRECT"),
        ("INPUT", "ACCEPT"),
        ("INPUT", "ACCEPT"),
        ("INPUT", "ACCEPT"),
        ("INPUT", "REJECT"),
        ("FORWARD", "REJECT"),
    ]
    listing = (
        "-P INPUT ACCEPT\n"
        '-A INPUT -i br-1 -m comment --comment "net-1" -j REJECT\n'
        "-A INPUT -i br-2 -m comment --comment net-10 -j REJECT\n"
    )
    assert deletions(listing, "net-1") == [
        ["-D", "INPUT", "-i", "br-1", "-m", "comment", "--comment", "net-1", "-j", "REJECT"]
    ]


def test_rules_that_stand_tell_whose_networks_they_are() -> None:
    listing = (
        "-P INPUT ACCEPT\n"
        "-A INPUT -i br-1 -m comment --comment pywrangler-0123abcd-internal -j REJECT\n"
        "-A INPUT -i br-2 -p tcp -m comment --comment pywrangler-0123abcd-outbound-89abcdef -j ACCEPT\n"
        "-A INPUT -i br-5 -m comment --comment pywrangler-0123abcd-outbound6-89abcdef -j REJECT\n"
        "-A INPUT -m comment --comment pywrangler-0123abcd -j ACCEPT\n"
        "-A INPUT -i br-3 -m comment --comment pywrangler-of-mine -j ACCEPT\n"
        "-A INPUT -i br-4 -j ACCEPT\n"
    )
    assert standing(listing) == {
        Standing("pywrangler-0123abcd-internal", "br-1"),
        Standing("pywrangler-0123abcd-outbound-89abcdef", "br-2"),
        Standing("pywrangler-0123abcd-outbound6-89abcdef", "br-5"),
    }


def test_a_networks_bridge_and_gateway() -> None:
    inspected = {
        "Name": "n",
        "Id": "0123456789abcdef",
        "Options": {},
        "IPAM": {"Config": [{"Gateway": "fd00::1"}, {"Gateway": "172.18.0.1"}]},
    }
    assert Network.of_inspected(inspected) == Network("n", "br-0123456789ab", "172.18.0.1")
    named = {**inspected, "Options": {"com.docker.network.bridge.name": "mine"}, "IPAM": {"Config": None}}
    assert Network.of_inspected(named) == Network("n", "mine", None)
    of_podman = Network.of_inspected(inspected, "podman1")
    assert of_podman == Network("n", "podman1", "172.18.0.1", is_of_podman=True)


def test_podmans_containers_are_kept_apart_and_its_own_chain_is_used() -> None:
    [apart] = plan_apart_rules("podman1")
    assert apart.args("-I", "n")[4:11] == ["-I", "FORWARD", "-i", "podman1", "-o", "podman1", "-m"]
    for chain in ("DOCKER-USER", "FORWARD"):
        rules = plan_intercepted_rules("podman1", tcp_port=1, dns_port=2, forward_chain=chain)
        assert {rule.chain for rule in rules} == {"PREROUTING", "INPUT", chain}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds to addresses that do not exist")
def test_an_address_that_comes_later_can_be_listened_on() -> None:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with bound("198.51.100.7", kind=kind) as made:
            assert made.getsockname()[0] == "198.51.100.7"
    with bound("127.0.0.1") as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            bound("127.0.0.1", first.getsockname()[1])


def test_certificates_are_accepted_by_whoever_trusts_the_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert_accepted(tmp_path, authority.certificate_pem)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_an_authority_of_a_former_version_is_made_strict_and_keeps_its_key(tmp_path: Path) -> None:
    Authority(tmp_path).certificate_pem  # noqa: B018 - it is made when it is asked for
    (file,) = tmp_path.iterdir()
    key = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pywrangler containers")])
    now = datetime.now(UTC)
    former = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + former)
    assert Authority(tmp_path).certificate_pem != former.decode()
    assert_accepted(tmp_path, Authority(tmp_path).certificate_pem)
    # A container that was started by the former version, and is not strict.
    assert_accepted(tmp_path, former.decode(), ssl.VerifyFlags.VERIFY_DEFAULT)


def assert_accepted(directory: Path, trusted: str, flags: ssl.VerifyFlags = ssl.VERIFY_X509_STRICT) -> None:
    """A client that trusts `trusted` accepts a server with a certificate of the authority in `directory`."""
    trusting = ssl.create_default_context(cadata=trusted)
    trusting.verify_flags = flags
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname="my.kv")
    # Another process, which finds the authority on disk.
    server = Authority(directory).context_for("my.kv").wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.getpeercert()["subjectAltName"] == (("DNS", "my.kv"),)  # type: ignore[index]


HEAD = b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
