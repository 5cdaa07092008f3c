"""Hooks of the class write a diary."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_the_start_is_in_the_diary(project):
    assert project.fetch("/cgi-bin/hello").text == "Hello\n"
    assert project.fetch("/state").json()["status"] == "healthy"
    assert project.fetch("/diary").text.splitlines()[0] == "started"
