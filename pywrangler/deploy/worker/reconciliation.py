"""The effect of an upload on Durable Object classes, in words. Pure.

The response to an upload has `exports_reconciliation` (wrangler 4.164, `ExportsReconciliationResult`), and
from the local platform, `unknown_classes` and `forwarded_bindings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def reconciliation_lines(report: Mapping[str, Any]) -> list[str]:
    """One line for every class that came, went or moved, and for every entry that should be looked at."""
    lines = [f"Class {name} created" for name in report.get("created") or ()]
    lines += [f"Class {name} deleted" for name in report.get("deleted") or ()]
    lines += [f"Class {each['from']} renamed to {each['to']}" for each in report.get("renamed") or ()]
    lines += [
        f"Class {each['class']} transferred to Worker {each['to']}"
        for each in report.get("transferred") or ()
    ]
    lines += [
        f"Class {each['class']} moves here when Worker {each['from']} is deployed with its export transferred"
        for each in report.get("transfer_pending") or ()
    ]
    notes = [*(report.get("warnings") or ()), *(report.get("info") or ())]
    return lines + [f"Export {note['class']}: {note['message']}" for note in notes]


def class_notes(response: Mapping[str, Any]) -> list[str]:
    """One line for each thing that the local platform took otherwise than it is written."""
    unknown = [_unknown_line(each) for each in response.get("unknown_classes") or ()]
    return unknown + [_forwarded_line(each) for each in response.get("forwarded_bindings") or ()]


def _unknown_line(entry: Mapping[str, Any]) -> str:
    owner = f" of Worker {entry['script']}" if entry.get("script") else ""
    begun = f"{entry['to']} has no objects yet" if entry.get("to") else "there was nothing to delete"
    if entry["kind"] != "deleted_classes" and not entry.get("to"):
        begun = "a later migration deletes it"
    return f"Class {entry['name']}{owner} in `{entry['kind']}` does not exist on this platform: {begun}"


def _forwarded_line(entry: Mapping[str, Any]) -> str:
    before, now = entry["from"], entry["to"]
    place = f" of Worker {now['script']}" if now["script"] != before["script"] else ""
    return (
        f"Binding {entry['binding']}: class {before['class']} of Worker {before['script']} is now"
        f" {now['class']}{place}; Cloudflare accepts only that name in a new version"
    )
