"""The forms of bodies that are stored as they come: a table says what each field must be. Pure.

A type stands for its values, a list for a list of what it holds, a dict for an object with these fields, each
of which may be absent or null. Fields without a form may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.rest.errors import RestError

Form = Any
WORDS: Mapping[object, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
}


def check_form(value: Any, form: Form, path: str = "") -> None:
    """Raise `RestError` for the first field that has another form."""
    if isinstance(form, type):
        if not isinstance(value, form) or (form is int and isinstance(value, bool)):
            raise _wrong(path, WORDS[form])
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise _wrong(path, "an array")
        for index, each in enumerate(value):
            check_form(each, form[0], f"{path}[{index}]")
    else:
        if not isinstance(value, dict):
            raise _wrong(path, "an object")
        for name, inner in form.items():
            if value.get(name) is not None:
                check_form(value[name], inner, f"{path}.{name}" if path else name)


def _wrong(path: str, wanted: str) -> RestError:
    return RestError(f'The field "{path}" must be {wanted}.')


_TRANSFER = {"from": str, "from_script": str, "to": str}
_STEP = {
    "new_classes": [str],
    "new_sqlite_classes": [str],
    "deleted_classes": [str],
    "renamed_classes": [{"from": str, "to": str}],
    "transferred_classes": [_TRANSFER],
}
_BINDING = {
    **dict.fromkeys(
        (
            *("name", "type", "old_name", "text", "class_name", "script_name", "service", "entrypoint"),
            *("environment", "namespace_id", "namespace", "id", "database_id", "bucket_name", "queue_name"),
            *("store_id", "secret_name", "workflow_name", "dataset", "certificate_id", "source", "key"),
        ),
        str,
    ),
    "account": {"id": str, "api": str, "profile": str},
}
METADATA = {
    "main_module": str,
    "compatibility_date": str,
    "compatibility_flags": [str],
    "bindings": [_BINDING],
    "keep_bindings": [str],
    "migrations": {"old_tag": str, "new_tag": str, "steps": [_STEP], **_STEP},
    "containers": [{"class_name": str, "name": str, "image": str, "images": dict}],
    "annotations": dict,
    "limits": dict,
    "assets": {"jwt": str, "config": dict},
    "tail_consumers": [{"service": str, "environment": str}],
    "streaming_tail_consumers": [{"service": str}],
    "observability": dict,
    "placement": dict,
    "logpush": bool,
    "tags": [str],
    "keep_assets": bool,
}
"""Of a Worker's upload, and of its settings."""
