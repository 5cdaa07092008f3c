"""Names of previews, where their code comes from, and their configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.config import ConfigurationError, load
from pywrangler.deploy.previews.names import LONGEST_APPLICATION_NAME, application_name, branch_name
from pywrangler.deploy.previews.origin import origin_annotations, public_url, pull_request, repository


@pytest.mark.parametrize(
    ("worker", "class_name", "name"),
    [
        ("web", "Box", "web_feature_Box"),
        # What Wrangler 4.164 makes of these.
        ("9web", "Box", "w9web_feature_Box_0zjuxw8"),
        ("web", "Boxé", "web_feature_Box_1xat75x"),
    ],
)
def test_an_application_has_the_name_that_wrangler_gives(worker: str, class_name: str, name: str) -> None:
    assert application_name(worker, "feature", class_name) == name


def test_a_long_name_is_cut() -> None:
    made = application_name("w" * 200, "feature", "B" * 200)
    assert len(made) == LONGEST_APPLICATION_NAME
    assert made != application_name("w" * 200, "feature", "B" * 201)


def test_the_branch_is_what_ci_says(tmp_path: Path) -> None:
    assert branch_name({"GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "main"}, tmp_path) == "main"
    assert branch_name({}, tmp_path) is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("git@github.com:me/app.git", "https://github.com/me/app"),
        ("https://user:token@host.example:8443/me/app.git?x=1", "https://host.example:8443/me/app"),
        ("ssh://git@host.example/me/app.git", "https://host.example/me/app"),
        ("/srv/app.git", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_addresses_of_repositories_have_no_passwords(text: str, url: str | None) -> None:
    assert public_url(text) == url


def test_the_pull_request_is_what_ci_says(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "title": " T ", "html_url": "https://h/7"}}))
    assert pull_request({"GITHUB_EVENT_PATH": str(event)}) == ("7", "https://h/7", "T")
    event.write_text("[]")
    assert pull_request({"GITHUB_EVENT_PATH": str(event)}) == (None, None, None)
    gitlab = {"CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_URL": "https://g/p"}
    assert pull_request(gitlab) == ("3", "https://g/p/-/merge_requests/3", None)
    assert repository({"GITHUB_REPOSITORY": "me/app"}) == "https://github.com/me/app"
    found = origin_annotations({"COMMIT_SHA": "abc"}, tmp_path, "hi", None)
    assert found == {"workers/commit_sha": "abc", "workers/message": "hi"}


@pytest.mark.parametrize(
    ("previews", "code"),
    [
        (None, "previews-missing"),
        ([], "wrong-type"),
        ({"containers": [{"class_name": "Box", "image": "a.b/c:1", "name": "x"}]}, "preview-container-name"),
        (
            {"containers": [{"class_name": "Box", "scheduling_policy": "durable_object"}]},
            "preview-container-policy",
        ),
        ({"vars": 1}, "wrong-type"),
    ],
)
def test_wrong_previews_are_refused(tmp_path: Path, previews: object, code: str) -> None:
    file = tmp_path / "wrangler.json"
    (tmp_path / "i.js").write_text("export default {}")
    fields = {"name": "web", "main": "i.js", "compatibility_date": "2026-06-01"}
    file.write_text(json.dumps(fields | ({} if previews is None else {"previews": previews})))
    with pytest.raises(ConfigurationError) as refused:
        load(file, is_preview=True)
    assert code in [problem.code for problem in refused.value.problems]
