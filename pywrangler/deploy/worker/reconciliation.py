"""What an upload with `exports` made of the Durable Object classes, as people read it. Pure.

The report is `exports_reconciliation` in the answer to an upload (wrangler 4.164,
`ExportsReconciliationResult`).
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
        f"Class {each['class']} comes when Worker {each['from']} is deployed with its export transferred"
        for each in report.get("transfer_pending") or ()
    ]
    notes = [*(report.get("warnings") or ()), *(report.get("info") or ())]
    return lines + [f"Export {note['class']}: {note['message']}" for note in notes]
