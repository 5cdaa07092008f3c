"""One Worker calls another, which has the container."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def front(pywrangler_deploy):
    here = Path(__file__).parent
    pywrangler_deploy(here, config="backend/wrangler.jsonc")
    return pywrangler_deploy(here, config="front/wrangler.jsonc")


def test_the_front_calls_the_backend(front):
    digest = front.fetch("/", data="abc").json()["sha256"]
    assert digest.startswith("ba7816bf")
