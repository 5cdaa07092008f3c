"""A Durable Object starts its container by itself."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_it_runs_from_the_first_request_on(project):
    assert project.fetch("/shout", data="is anybody there?").text == "IS ANYBODY THERE?"
    assert project.fetch("/state").json()["running"] is True
