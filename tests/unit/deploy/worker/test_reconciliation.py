"""What people read about their Durable Object classes after an upload with `exports`."""

from __future__ import annotations

from pywrangler.deploy.worker.reconciliation import reconciliation_lines


def test_every_class_that_changed_has_a_line() -> None:
    report = {
        "created": ["Room"],
        "deleted": ["Gone"],
        "renamed": [{"from": "Old", "to": "New"}],
        "transferred": [{"class": "Hall", "to": "club", "phase": "committed"}],
        "transfer_pending": [{"class": "Bar", "from": "pub"}],
        "warnings": [],
        "info": [{"class": "Attic", "scenario": "stale_tombstone", "message": "has no effect"}],
    }
    assert reconciliation_lines(report) == [
        "Class Room created",
        "Class Gone deleted",
        "Class Old renamed to New",
        "Class Hall transferred to Worker club",
        "Class Bar moves here when Worker pub is deployed with its export transferred",
        "Export Attic: has no effect",
    ]
    assert reconciliation_lines({}) == []
