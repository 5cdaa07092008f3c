"""The balancer starts an instance for the first request."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_one_request_needs_one_instance(project):
    assert project.fetch("/work").text.startswith("done by ")
    states = project.fetch("/instances").text.splitlines()
    assert sum("ready" in line for line in states) == 1
