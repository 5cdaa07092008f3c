"""Requests are spread over instances."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_factors_are_found(project):
    answer = project.fetch("/factors?number=1234567890")
    assert answer.text.splitlines()[0] == "1234567890: 2 3 3 5 3607 3803"
