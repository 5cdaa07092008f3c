"""Checks what the schema cannot say about `compatibility_date` and `compatibility_flags`."""

from __future__ import annotations

import datetime
import json

from pywrangler.config.environments import Section
from pywrangler.config.report import Report
from pywrangler.config.validation import is_sound


def check_compatibility(section: Section, report: Report) -> None:
    """Reports a date and flags that neither Cloudflare nor `workerd` takes."""
    if is_sound(section, "compatibility_date"):
        _check_date(section, report)
    for node in section.children("compatibility_flags"):
        if isinstance(node.value, str) and "-" in node.value:
            written = node.value.replace("-", "_")
            message = f'"{node}" is "{node.value}"; the names of flags have underscores'
            report.error(
                "wrong-flag", message, node.place, f'Write "{written}".', node.replace(json.dumps(written))
            )


def _check_date(section: Section, report: Report) -> None:
    """That the date is a day, and not in the future."""
    node = section.get("compatibility_date")
    if node is None or not node.value:
        return
    try:
        date = datetime.date.fromisoformat(node.value)
    except ValueError:
        report.error("no-such-date", f'"{node}" is "{node.value}", and there is no such day', node.place)
        return
    today = datetime.datetime.now(datetime.UTC).date()
    if date > today + datetime.timedelta(days=1):  # where it may be tomorrow already
        message = f'"{node}" is "{node.value}", which is in the future'
        report.error("date-in-future", message, node.place, f'Write a day that was, up to "{today}".')
