"""The container answers through the Worker."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_the_container_says_hello(project):
    assert project.fetch("/").text.startswith("Hello from a container!\n")
    assert len(project.instances()) == 1
