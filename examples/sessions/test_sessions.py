"""A container for each session."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_sessions_do_not_see_each_other(project):
    assert project.fetch("/sessions/ada", data="buy milk").json()["notes"] == ["buy milk"]
    assert project.fetch("/sessions/grace").json()["notes"] == []
    assert {"ada", "grace"} <= {instance.name for instance in project.instances()}
