"""Rules that compare the parts of a configuration with each other."""

from __future__ import annotations

from pywrangler.config.bindings import check_binding_names
from pywrangler.config.checks.assets_only import check_assets_only
from pywrangler.config.checks.cautions import check_cautions
from pywrangler.config.checks.combinations import check_combinations
from pywrangler.config.checks.compatibility import check_compatibility
from pywrangler.config.checks.crons import check_crons
from pywrangler.config.checks.placeholders import check_placeholders
from pywrangler.config.checks.routes import check_routes
from pywrangler.config.checks.target import check_target
from pywrangler.config.checks.variables import check_variables
from pywrangler.config.classes.checks import check_classes
from pywrangler.config.environments import Section
from pywrangler.config.given import Given
from pywrangler.config.parts import Parts
from pywrangler.config.problems.report import Report


def check_rules(section: Section, parts: Parts, given: Given, report: Report) -> None:
    """Report what does not fit together.

    Where the code's exports are asked for, or the containers are shown, that happens here: after the parts
    are read, and whatever else is wrong.
    """
    exported = given.exported_classes
    if exported is None and given.read_exports and parts.code and parts.code.main:
        exported = given.read_exports(parts.code)
    check_classes(section, parts.links, parts.classes, exported, report)
    if given.see_containers:
        given.see_containers(parts.containers)
    if not parts.required.has_code:
        check_assets_only(section, report)
    check_binding_names(section, report)
    for each in (section, *([Section(section.top, None, None)] if section.own else [])):
        check_combinations(each, report)  # Wrangler refuses what is wrong at the top level in any environment
        check_routes(each, report)
    check_compatibility(section, report)
    check_placeholders(section, report)
    check_variables(section, report)
    check_cautions(section, report)
    if given.lacks and parts.required.has_code:
        check_target(section, given.lacks, report)
    check_crons(section.children("triggers", "crons"), report)
