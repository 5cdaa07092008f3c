"""What the gateway decides, by value: names, routes, bodies, networks, reach, reconciliation."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from pywrangler.local.gateway.containers.networks import EgressMode, NetworkPlan
from pywrangler.local.gateway.docker_api.create_body import FUSE, Placement, plan_create_body
from pywrangler.local.gateway.docker_api.names import ContainerName, parse_container_name
from pywrangler.local.gateway.docker_api.routing import Action, DockerRoute, route, signal_number
from pywrangler.local.gateway.launcher import chosen_image, image_candidates, no_image, no_place_message
from pywrangler.local.gateway.reconcile import Reconciliation, plan_reconciliation
from pywrangler.local.gateway.tunnels.reach import COMMON_PORTS, OwnAddress, PublishedPorts, choose_reach
from pywrangler.local.instances.limits import EngineAbilities, plan_limits
from pywrangler.local.instances.records import InstanceState, Location
from tests.unit.instances.test_ledger import APPLICATION
from tests.unit.instances.test_plans import make

OBJECT = "0123456789abcdef" * 4
PLATFORM = "f" * 32


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"workerd-space-{OBJECT}", ContainerName("space", OBJECT)),
        (f"workerd-a-b-{OBJECT}-proxy", ContainerName("a-b", OBJECT, is_proxy=True)),
        (f"workerd-{OBJECT}", None),
        (f"workerd-space-{OBJECT}0", None),
        ("postgres", None),
    ],
)
def test_container_names(text: str, name: ContainerName | None) -> None:
    assert parse_container_name(text) == name


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("POST", "/containers/create?name=x", DockerRoute(Action.CREATE, "x", {"name": "x"})),
        ("POST", "/v1.45/containers/x/start", DockerRoute(Action.START, "x")),
        ("GET", "/containers/x/json", DockerRoute(Action.INSPECT, "x")),
        (
            "POST",
            "/containers/x/wait?condition=removed",
            DockerRoute(Action.WAIT, "x", {"condition": "removed"}),
        ),
        ("POST", "/containers/x/kill?signal=SIGTERM", DockerRoute(Action.KILL, "x", {"signal": "SIGTERM"})),
        ("DELETE", "/containers/x?force=true", DockerRoute(Action.REMOVE, "x", {"force": "true"})),
        ("POST", "/exec/12ab/start", DockerRoute(Action.EXEC_START, exec="12ab")),
        ("GET", "/exec/12ab/json", DockerRoute(Action.EXEC_INSPECT, exec="12ab")),
        ("POST", "/exec/12ab/resize?h=1&w=2", DockerRoute(Action.TUNNEL, query={"h": "1", "w": "2"})),
        ("PUT", "/containers/x/archive?path=%2Fetc", DockerRoute(Action.TUNNEL, "x", {"path": "/etc"})),
        ("GET", "/networks/bridge", DockerRoute(Action.NETWORK)),
        ("GET", "/networks/other", None),
        (
            "DELETE",
            "/images/x?noprune=true",
            DockerRoute(Action.REMOVE_IMAGE, query={"noprune": "true"}, image="x"),
        ),
        ("GET", "/images/a%2Fb/json", DockerRoute(Action.IMAGE, image="a/b")),
        (
            "POST",
            "/commit?container=x&repo=y",
            DockerRoute(Action.COMMIT, "x", {"container": "x", "repo": "y"}, image="y"),
        ),
        ("GET", "/images/json", None),
        ("GET", "/volumes/v", DockerRoute(Action.VOLUME, volume="v")),
        ("POST", "/volumes/create", DockerRoute(Action.VOLUME)),
        ("GET", "/containers/json", None),
    ],
)
def test_routes(method: str, target: str, expected: DockerRoute | None) -> None:
    assert route(method, target) == expected


@pytest.mark.parametrize(
    ("text", "number"), [("SIGTERM", 15), ("kill", 9), ("10", 10), ("NONSENSE", None), ("", None)]
)
def test_signal_numbers(text: str, number: int | None) -> None:
    assert signal_number(text) == number


def placement(**changes: Any) -> Placement:
    instance = replace(make(1), durable_object_id=OBJECT, image="sha256:abc", version=2)
    return replace(
        Placement(PLATFORM, APPLICATION, instance, "pywrangler-ffffffff", EngineAbilities(cpus=4)), **changes
    )


def test_a_create_body_keeps_nothing_of_workerds_that_could_do_harm() -> None:
    request = {
        "Image": "ignored",
        "Cmd": ["serve", "--now"],
        "Env": ["A=1", "CLOUDFLARE_REGION=x"],
        "HostConfig": {
            "NetworkMode": "container:x-proxy",
            "PidMode": "host",
            "RestartPolicy": {"Name": "on-failure"},
            "CapAdd": ["SYS_ADMIN"],
            "Mounts": [{"Type": "volume", "Source": "v", "Target": "/v"}],
        },
    }
    assert plan_create_body(request, placement()) == {
        "Image": "sha256:abc",
        "Entrypoint": ["serve", "--now"],
        "Env": [
            "A=1",
            "CLOUDFLARE_APPLICATION_ID=a",
            "CLOUDFLARE_DEPLOYMENT_ID=i1",
            f"CLOUDFLARE_DURABLE_OBJECT_ID={OBJECT}",
            "CLOUDFLARE_LOCATION=loc01",
            "CLOUDFLARE_REGION=REGN",
            "CLOUDFLARE_COUNTRY_A2=XX",
        ],
        "Labels": {
            "pywrangler.platform": PLATFORM,
            "pywrangler.application": "a",
            "pywrangler.application-name": "app",
            "pywrangler.instance": "i1",
            "pywrangler.worker": "w",
            "pywrangler.durable-object": OBJECT,
            "pywrangler.namespace": "n" * 32,
            "pywrangler.image": "sha256:abc",
            "pywrangler.version": "2",
        },
        "HostConfig": {
            "NetworkMode": "pywrangler-ffffffff",
            "Mounts": [{"Type": "volume", "Source": "v", "Target": "/v"}],
            **plan_limits(APPLICATION, EngineAbilities(cpus=4)),
        },
    }


def test_without_an_entrypoint_the_images_own_is_used() -> None:
    assert "Entrypoint" not in plan_create_body({}, placement())


def test_published_ports_are_on_loopback_and_the_location_can_be_set() -> None:
    body = plan_create_body({}, placement(published_ports=(80,), location=Location("fra07", "WEUR", "DE")))
    assert body["ExposedPorts"] == {"80/tcp": {}}
    assert body["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    assert body["Env"][3:] == [
        "CLOUDFLARE_LOCATION=fra07",
        "CLOUDFLARE_REGION=WEUR",
        "CLOUDFLARE_COUNTRY_A2=DE",
    ]


@pytest.mark.parametrize(
    ("reference", "candidates"),
    [
        ("app:1", ("app:1",)),
        ("app@sha256:12", ("app@sha256:12", "sha256:12")),
        ("sha256:12", ("sha256:12",)),
    ],
)
def test_image_candidates(reference: str, candidates: tuple[str, ...]) -> None:
    assert image_candidates(reference) == candidates


def test_an_image_that_cannot_be_had_is_named_with_the_reason() -> None:
    name = f"the image {APPLICATION.image} of application app"
    built = no_image(APPLICATION, None)
    assert (built.message, built.hint) == (
        f"{name} is not in the Docker Engine",
        "Deploy again, which builds or pulls it.",
    )
    pushed = no_image(APPLICATION, None, pull_error="manifest unknown")
    assert pushed.message == (
        f"{name} is not in the Docker Engine, and could not be pulled from the platform's registry:"
        " manifest unknown"
    )
    chosen = no_image(APPLICATION, "docker.io/web:1")
    assert chosen.message.startswith("the image docker.io/web:1, with which the Worker starts an instance")
    assert chosen.hint == "Get it: docker pull docker.io/web:1"


def test_a_refusal_has_the_words_the_package_looks_for_and_names_the_limit() -> None:
    assert no_place_message(APPLICATION) == (
        "there is no container instance that can be provided to this durable object: the maximum number of"
        " running container instances (2) of application app is reached"
    )


@pytest.mark.parametrize(
    ("mode", "is_published", "name", "is_internal", "masquerade"),
    [
        (EgressMode.OPEN, False, "pywrangler-ffffffff", False, None),
        (EgressMode.CLOSED, False, "pywrangler-ffffffff-internal", True, None),
        (EgressMode.CLOSED, True, "pywrangler-ffffffff-unrouted", False, "false"),
        (EgressMode.INTERCEPTED, False, "pywrangler-ffffffff-outbound-2cf24dba", False, "false"),
    ],
)
def test_networks(
    mode: EgressMode, is_published: bool, name: str, is_internal: bool, masquerade: str | None
) -> None:
    body = NetworkPlan(PLATFORM, mode, "hello", is_published).create_body()
    assert (body["Name"], body["Internal"]) == (name, is_internal)
    assert body["Labels"] == {"pywrangler.platform": PLATFORM}
    assert body["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    assert body["Options"].get("com.docker.network.bridge.enable_ip_masquerade") == masquerade
    assert "EnableIPv6" not in body


def test_a_network_with_ipv6_has_a_subnet_of_its_own() -> None:
    plan = NetworkPlan(PLATFORM, EgressMode.INTERCEPTED, "hello", has_ipv6=True)
    body = plan.create_body()
    assert (body["Name"], body["EnableIPv6"]) == ("pywrangler-ffffffff-outbound6-2cf24dba", True)
    [subnet] = body["IPAM"]["Config"]
    assert ip_network(subnet["Subnet"]).subnet_of(ip_network("fd00::/8"))  # type: ignore[arg-type]
    assert ip_address(subnet["Gateway"]) in ip_network(subnet["Subnet"])
    other = NetworkPlan(PLATFORM, EgressMode.INTERCEPTED, "other", has_ipv6=True).create_body()
    assert other["IPAM"]["Config"][0] != subnet


@pytest.mark.parametrize(
    ("platform", "info", "is_local_socket", "kind"),
    [
        ("linux", {"OperatingSystem": "Debian GNU/Linux 12"}, True, OwnAddress),
        ("linux", {"OperatingSystem": "Docker Desktop"}, True, PublishedPorts),
        ("linux", {"SecurityOptions": ["name=seccomp", "name=rootless"]}, True, PublishedPorts),
        ("linux", {"Rootless": True}, True, PublishedPorts),
        ("linux", {"Rootless": False}, True, OwnAddress),
        ("linux", {}, False, PublishedPorts),
        ("linux", {"KernelVersion": os.uname().release}, True, OwnAddress),
        ("linux", {"KernelVersion": "6.8.0-of-another-machine"}, True, PublishedPorts),
        ("darwin", {"OperatingSystem": "Alpine"}, True, PublishedPorts),
    ],
)
def test_reach(platform: str, info: dict[str, Any], is_local_socket: bool, kind: type) -> None:
    assert isinstance(choose_reach(info, is_local_socket=is_local_socket, platform=platform), kind)


def test_where_a_port_is_reached() -> None:
    inspected = {
        "NetworkSettings": {
            "Networks": {"a": {"IPAddress": ""}, "b": {"IPAddress": "172.20.0.2"}},
            "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49001"}], "90/tcp": None},
        }
    }
    assert OwnAddress().locate(inspected, 80) == ("172.20.0.2", 80)
    assert OwnAddress().locate({}, 80) is None
    assert PublishedPorts().locate(inspected, 80) == ("127.0.0.1", 49001)
    assert PublishedPorts().locate(inspected, 90) is None


def test_ports_to_publish_are_those_known_and_those_that_are_common() -> None:
    image = {"Config": {"ExposedPorts": {"6379/tcp": {}, "53/udp": {}}}}
    assert PublishedPorts().ports_to_publish(image, [1234]) == tuple(sorted({6379, 1234, *COMMON_PORTS}))
    assert OwnAddress().ports_to_publish(image, [1234]) == ()


def test_reconciliation_adopts_what_runs_loses_what_does_not_and_removes_the_rest() -> None:
    def container(id_: str, instance: str | None, state: str = "running") -> dict[str, Any]:
        return {"Id": id_, "State": state, "Labels": {"pywrangler.instance": instance} if instance else {}}

    alive = [
        make(1),
        make(2),
        make(3, InstanceState.STARTING),
        replace(make(4), application_id="deleted"),
    ]
    containers = [
        container("c1", "i1"),
        container("c2", "i2", "exited"),
        container("c4", "i4"),
        container("cx", "unknown"),
        container("cy", None),
    ]
    assert plan_reconciliation(alive, containers, [APPLICATION]) == Reconciliation(
        adopted=(("i1", "c1"),), lost=("i2", "i3", "i4"), removed=("c2", "c4", "cx", "cy")
    )


def test_fuse_is_given_only_to_whom_it_is_allowed() -> None:
    host = plan_create_body({}, placement(may_mount_fuse=True))["HostConfig"]
    assert {key: host[key] for key in FUSE} == FUSE
    assert not set(FUSE) & set(plan_create_body({}, placement())["HostConfig"])


def test_the_container_gets_a_name_server_of_our_own() -> None:
    assert plan_create_body({}, placement(name_server="172.18.0.1"))["HostConfig"]["Dns"] == ["172.18.0.1"]


@pytest.mark.parametrize(
    ("image", "chosen"),
    [("application-of/" + "f" * 32, None), ("busybox:1.35", "busybox:1.35"), (None, None)],
)
def test_an_image_that_start_named(image: str | None, chosen: str | None) -> None:
    assert chosen_image({"Image": image}) == chosen
