"""Where a Worker is to listen, and what is said of it, by value."""

from __future__ import annotations

import pytest

from pywrangler.config.records import LocalAddress
from pywrangler.deploy.plan import plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.address import (
    Address,
    AddressChange,
    exposure,
    plan_address,
    without_effect,
)
from tests.unit.deploy.samples import a_bundle, a_configuration

HERE = Address(None, 8787)


@pytest.mark.parametrize(
    ("dev", "before", "line"),
    [
        (LocalAddress(), None, None),
        (LocalAddress(), HERE, None),
        (LocalAddress(port=8787), HERE, None),
        (LocalAddress(port=9000), None, "~ listen on localhost:9000"),
        (LocalAddress(port=9000), HERE, "~ listen on localhost:9000 (before: localhost:8787)"),
        (LocalAddress("0.0.0.0"), None, "~ listen on 0.0.0.0, any free port"),
        (LocalAddress("0.0.0.0"), HERE, "~ listen on 0.0.0.0:8787 (before: localhost:8787)"),
        (LocalAddress("::1", 1), HERE, "~ listen on [::1]:1 (before: localhost:8787)"),
        (LocalAddress(), Address("0.0.0.0", 8787), "~ listen on localhost:8787 (before: 0.0.0.0:8787)"),
        (LocalAddress("*"), Address("*", 8787), None),
    ],
)
def test_the_address_changes_where_the_configuration_says_another(
    dev: LocalAddress, before: Address | None, line: str | None
) -> None:
    change = plan_address(dev, before)
    assert (change.describe() if change else None) == line


def test_only_the_local_platform_is_asked_for_an_address() -> None:
    configuration = a_configuration(
        containers=(), durable_objects=(), migrations=(), dev=LocalAddress(port=1)
    )

    def planned(observed: Observed) -> AddressChange | None:
        return plan_deploy(
            configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str
        ).address

    deployed = DeployedWorker(version_id="v", address=HERE)
    assert planned(Observed(None)) is None
    assert planned(Observed(None, is_local=True)) == AddressChange(Address(None, 1))
    assert planned(Observed(deployed, is_local=True)) == AddressChange(Address(None, 1), HERE)


@pytest.mark.parametrize(
    ("ip", "is_exposed"),
    [
        (None, False),
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("::1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("*", True),
        ("0", True),
        ("192.0.2.1", True),
        ("my-machine", True),
    ],
)
def test_addresses_that_others_reach_are_reported(ip: str | None, is_exposed: bool) -> None:
    warning = exposure(Address(ip, 8787))
    assert (warning is not None) == is_exposed
    assert warning is None or f"`{ip}`" in warning


def test_fields_without_effect_are_named_in_one_sentence() -> None:
    assert without_effect(a_configuration()) is None
    https = a_configuration(dev=LocalAddress(unused=("host", "local_protocol")))
    assert (
        without_effect(https)
        == "The local platform does not use `dev.host`, `dev.local_protocol`; it serves HTTP."
    )
