"""Cron triggers start containers that run to their end."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_a_job_runs_to_its_end(project):
    project.trigger_cron("0 3 * * *")
    project.wait_until(lambda: '"exitCode":0' in project.fetch("/backup").text)
    assert "packing" in project.logs()
