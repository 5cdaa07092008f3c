"""Where the code of a preview comes from, as CI and git tell it. The annotations are Wrangler's (4.164)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pywrangler.deploy.previews.names import git

_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "CIRCLE_SHA1", "COMMIT_SHA")
_REPOSITORIES = (
    "CI_PROJECT_URL",
    "CI_REPOSITORY_URL",
    "CIRCLE_REPOSITORY_URL",
    "BUILDKITE_REPO",
    "BITBUCKET_GIT_HTTP_ORIGIN",
    "BITBUCKET_GIT_SSH_ORIGIN",
    "REPOSITORY_URL",
)
_REQUESTS = ("PULL_REQUEST_URL", "PR_URL", "CHANGE_URL", "CIRCLE_PULL_REQUEST")
_REQUEST_NUMBERS = ("PULL_REQUEST_NUMBER", "PR_NUMBER", "CHANGE_ID")


def origin_annotations(
    environment: Mapping[str, str], directory: Path, message: str | None, tag: str | None
) -> dict[str, str]:
    """The annotations of a deployment. In CI, git tells what the command line and CI do not."""
    in_ci = environment.get("CI") in ("1", "true")
    if in_ci:
        message = message or git(directory, "log", "-1", "--format=%B")
        tag = tag or git(directory, "rev-parse", "--short", "HEAD")
    number, url, title = pull_request(environment)
    found = {
        "commit_sha": _first(environment, _COMMITS),
        "message": message,
        "pull_request_number": number,
        "pull_request_title": title,
        "pull_request_url": url,
        "repository_url": repository(environment)
        or (public_url(git(directory, "config", "--get", "remote.origin.url")) if in_ci else None),
        "tag": tag,
    }
    return {f"workers/{name}": text for name, text in found.items() if text}


def repository(environment: Mapping[str, str]) -> str | None:
    """The address of the repository, if CI tells it."""
    if said := _first(environment, _REPOSITORIES):
        return public_url(said)
    name = environment.get("GITHUB_REPOSITORY")
    return public_url(f"{_github(environment)}/{name}") if name else None


def pull_request(environment: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Number, address and title of the pull request, as far as CI tells them."""
    number, url = _first(environment, _REQUEST_NUMBERS), public_url(_first(environment, _REQUESTS))
    if number or url:
        return number, url, None
    event = _github_event(environment)
    if event:
        number = event.get("number")
        title = str(event.get("title") or "").strip() or None
        return str(number) if number else None, public_url(event.get("html_url")), title
    reference = re.match(r"refs/pull/(\d+)/", environment.get("GITHUB_REF", ""))
    if reference and (name := environment.get("GITHUB_REPOSITORY")):
        number = reference[1]
        return number, public_url(f"{_github(environment)}/{name}/pull/{number}"), None
    number = environment.get("CI_MERGE_REQUEST_IID")
    project = environment.get("CI_MERGE_REQUEST_PROJECT_URL") or environment.get("CI_PROJECT_URL")
    if number and project:
        url = public_url(f"{project.removesuffix('/').removesuffix('.git')}/-/merge_requests/{number}")
        return number, url, environment.get("CI_MERGE_REQUEST_TITLE", "").strip() or None
    return None, None, None


def public_url(text: str | None) -> str | None:
    """The https address of a repository, without user names and passwords; None for another address."""
    written = (text or "").strip()
    if short := re.fullmatch(r"git@([^:]+):(.+)", written):
        return f"https://{short[1]}/{short[2].removesuffix('.git')}"
    try:
        parts = urlsplit(written)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    path = parts.path.removesuffix(".git").removesuffix("/")
    if parts.scheme == "ssh" and parts.username == "git" and host:
        return f"https://{host}{path}"
    if parts.scheme not in ("http", "https") or not host:
        return None
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"


def _github(environment: Mapping[str, str]) -> str:
    return (environment.get("GITHUB_SERVER_URL") or "https://github.com").removesuffix("/")


def _github_event(environment: Mapping[str, str]) -> dict[str, str] | None:
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text())
        found = event.get("pull_request")
    except (KeyError, OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := environment.get(name))), None)
