"""The one definition of the configuration's fields: validation, the JSON Schema and the manual's reference
all come from it, so that they cannot disagree.
"""

from __future__ import annotations

from pywrangler.config.schema.fields import USED_FIELDS
from pywrangler.config.schema.kinds import Field, Table
from pywrangler.config.schema.other_products import OTHER_FIELDS

ROOT = Table((*USED_FIELDS, *OTHER_FIELDS))
"""The fields of the top level."""

ENVIRONMENT = Table(tuple(field for field in ROOT.fields if field.scope != "top-level"))
"""The fields of a named environment."""

_BY_NAME = {field.name: field for field in ROOT.fields}


def root_field(name: str) -> Field | None:
    """The field of the root with that name."""
    return _BY_NAME.get(name)
