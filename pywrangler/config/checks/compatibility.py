"""Checks what the schema cannot say about `compatibility_date` and `compatibility_flags`."""

from __future__ import annotations

import datetime
import json

from pywrangler.config.checks.validation import is_sound
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report


def check_compatibility(section: Section, report: Report) -> None:
    """Reports a date and flags that neither Cloudflare nor `workerd` takes."""
    if is_sound(section, "compatibility_date"):
        _check_date(section, report)
    _check_node_flags(section, report)
    for node in section.children("compatibility_flags"):
        if isinstance(node.value, str) and "-" in node.value:
            written = node.value.replace("-", "_")
            message = f'"{node}" is "{node.value}"; the names of flags have underscores'
            report.error(
                "wrong-flag", message, node.place, f'Write "{written}".', node.replace(json.dumps(written))
            )


def _check_node_flags(section: Section, report: Report) -> None:
    """The flags for modules of Node.js, as Wrangler 4.164 (`validateNodeCompatMode`) has them."""
    flags = {
        node.value: node for node in section.children("compatibility_flags") if isinstance(node.value, str)
    }
    second = flags.get("nodejs_compat_v2")
    if former := flags.get("experimental:nodejs_compat_v2"):
        message = f"`{former}` begins with `experimental:`, which is no longer allowed"
        report.error("wrong-flag", message, former.place, "Write `nodejs_compat_v2`.")
    if second and "nodejs_compat" in flags:
        message = "`nodejs_compat` and `nodejs_compat_v2` exclude each other"
        report.error("wrong-flag", message, second.place, "Remove one of them.")
    if second and section.flag("no_bundle"):
        message = "`nodejs_compat_v2` adds modules when the Worker is bundled, which `no_bundle` prevents"
        report.warning("flag-without-effect", message, second.place, "Bundle the modules yourself.")


def _check_date(section: Section, report: Report) -> None:
    """Reports a date that does not exist or is in the future."""
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
        report.error("date-in-future", message, node.place, f'Write a date up to today, "{today}".')
