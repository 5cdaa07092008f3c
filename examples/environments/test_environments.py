"""Each environment is a Worker with values of its own."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent, environment="staging")


def test_an_environment_has_its_own_values(project):
    assert project.name == "environments-staging"
    assert project.fetch("/").text == "stage staging, release candidate\n"
