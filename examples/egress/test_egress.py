"""What containers send out goes through the Worker."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_requests_of_the_container_reach_the_worker(project):
    kept = project.fetch("/today", data="buy milk", method="PUT")
    assert kept.text == "PUT http://notes.internal/today: 200 'kept'\n"
    assert "200 'buy milk'" in project.fetch("/today").text
