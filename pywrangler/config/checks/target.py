"""Fields that the target of a deploy does not have, reported before anything is built."""

from __future__ import annotations

from pywrangler.config.environments import Section
from pywrangler.config.given import Lacks
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.other_products import says_nothing


def check_target(section: Section, lacks: Lacks, report: Report) -> None:
    """Warn of each field of this environment that the target lacks, wholly or in part."""
    for field in ROOT.fields:
        node = section.get(field.name)
        if node is not None and not says_nothing(field.name, node.value):
            text = lacks(field.name, node.value)
            if text is not None:
                report.warning("not-at-target", f'"{node}" {text}', node.key_place)
