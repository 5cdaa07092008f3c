"""Validation, JSON Schema and manual say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from pywrangler.config.checks.validation import check_table
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.json_schema import json_schema
from pywrangler.config.syntax.document import SourceText
from pywrangler.config.syntax.jsonc import parse
from scripts.configuration_reference import reference_page
from scripts.reference import DIRECTORY, documents
from tests.support.runs.effort import examples
from tests.unit.config.plausible import plausible
from tests.unit.config.project import FIELDS, container

VALIDATOR = jsonschema.Draft7Validator(json_schema())


def accepts(content: dict[str, Any]) -> bool:
    """Whether validation by the schema's definitions finds nothing, unknown fields included."""
    report = Report()
    document = parse(SourceText(Path("/wrangler.json"), json.dumps(content)), report)
    check_table(document.root, ROOT, report)
    return {problem.code for problem in report.sorted()} <= {"deprecated-field", "unused-field"}


def test_the_json_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_files_are_up_to_date(name: str) -> None:
    hint = "run: python -m scripts.reference"
    assert (DIRECTORY / name).read_text(encoding="utf-8") == documents()[name], hint


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        (FIELDS, True),
        ({"env": {"staging": {"vars": {"A": 1}}}, **FIELDS}, True),
        ({"env": {"staging": {"minfy": True}}}, False),
        (container(max_instances=-1), False),
        (container(instance_type="standard"), True),
        (container(instance_type="standrad"), False),
        (container(authorized_keys=[{"name": "a", "public_key": "ssh-rsa A"}]), False),
        ({"nmae": "x"}, False),
    ],
)
def test_editors_report_what_check_reports(content: dict[str, Any], valid: bool) -> None:
    assert VALIDATOR.is_valid(content) == valid


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plausible)
def test_schema_and_validation_agree_on_every_value(content: dict[str, Any]) -> None:
    content.pop("env", None)  # validated field by field once an environment is chosen
    assert VALIDATOR.is_valid(content) == accepts(content)


def test_every_field_is_in_the_manual() -> None:
    page = reference_page()
    missing = [field.name for field in ROOT.fields if f"`{field.name}`" not in page]
    assert missing == []
