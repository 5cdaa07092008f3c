"""Checks names that are put together or passed on: the Worker's, and those of the images that are built."""

from __future__ import annotations

import re
import unicodedata

from pywrangler.config.advice.snippets import snippet
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.schema.fields import WORKER_NAME
from pywrangler.config.syntax.document import Node
from pywrangler.image_names import is_repository, repository_of


def check_worker_name(section: Section, name: str | None, report: Report) -> bool:
    """Reports a wrong name that is not in the file itself: from the command line, or combined from the top
    level's and the environment's. False if it did. The schema checks a name that is in the file.
    """
    written = [node.value for table in (section.own, section.top) if table and (node := table.get("name"))]
    if not name or name in written or re.fullmatch(WORKER_NAME.pattern or "", name):
        return True
    wanted = f"it must be {WORKER_NAME.wanted}"
    environment = section.environment
    top = section.top.text("name")
    if not environment or not top or name != f"{top}-{environment}":
        report.error("wrong-worker-name", f"The Worker's name is `{name}`; {wanted}", None)
        return False
    if not re.fullmatch(WORKER_NAME.pattern or "", top):
        return False  # reported at the top level
    message = f"The Worker of `env.{environment}` gets the name `{name}`; {wanted}"
    place = section.own.key_place if section.own else None
    example = snippet(section.top.document.syntax, {"name": _possible(name)})
    hint = f"Rename the environment to `{_possible(environment)}`, or add to it:\n{example}"
    if section.own is None:
        hint = f"Write `--env {_possible(environment)}`."
    report.error("wrong-worker-name", message, place, hint)
    return False


def check_image_name(container: Node, application: str, report: Report) -> bool:
    """Whether the image that is built for this application can have its name; reports it otherwise."""
    repository = repository_of(application)
    if not application or is_repository(repository):
        return True
    named = container.get("name")
    subject = f"`{named}` is `{named.value}`" if named else f"The application's name is `{application}`"
    message = f"{subject}; an image is named after it, and `{repository}` cannot be the name of one"
    example = snippet(container.document.syntax, {"name": _possible(application)})
    hint = f"A name has letters A to Z and digits, with `.`, `_` or `-` between them. Write:\n{example}"
    report.error("wrong-application-name", message, (named or container).place, hint)
    return False


def _possible(name: str) -> str:
    """A similar name that is valid."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63] or "my-name"
