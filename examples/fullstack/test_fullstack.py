"""Static files in front, an API in a container behind."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    return pywrangler_deploy(Path(__file__).parent)


def test_files_and_the_api_have_one_address(project):
    assert "<h1>Which words are these?</h1>" in project.fetch("/").text
    words = project.fetch("/api/words?text=to+be+or+not+to+be").json()["words"]
    assert words == {"to": 2, "be": 2, "or": 1, "not": 1}
    assert project.fetch("/no/such/page").status == 404
