"""Messages go to the container and back."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_a_message_is_heard(project):
    assert project.fetch("/rooms/ada", data="good morning").json() == {"heard": "good morning"}
