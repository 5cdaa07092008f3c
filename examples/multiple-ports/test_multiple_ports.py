"""Two programs of a container listen on two ports."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_both_ports_answer(project):
    assert project.fetch("/convert?celsius=20").json() == {"celsius": 20.0, "fahrenheit": 68.0}
    assert project.fetch("/metrics").text == "conversions_total 1\n"
