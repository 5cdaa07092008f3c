"""Variables that were meant to be fields: in TOML every line below the heading [vars] is a variable."""

from __future__ import annotations

from pywrangler.config.advice.toml_headings import heading_above, move_to_top
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import root_field


def check_variables(section: Section, report: Report) -> None:
    """Warns of variables with the name of a missing field of the top level."""
    variables = section.get("vars")
    heading = heading_above(variables) if variables else None
    if variables is None or heading is None:
        return
    for name, node in variables.entries():
        is_field = "_" in name and root_field(name) is not None
        if is_field and section.get(name) is None:
            message = f'"{node}" is a variable, and the field "{name}" is not set'
            report.warning("misplaced-field", message, node.key_place, heading.hint, move_to_top(node))
