"""Versions and deployments as people read them. The labels are Wrangler's (4.164)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.console import local_time

SOURCES = {"api": "API", "dash": "Dashboard", "wrangler": "Wrangler", "terraform": "Terraform"}
TRIGGERS = {
    "upload": "Upload",
    "secret": "Secret Change",
    "rollback": "Rollback",
    "promotion": "Promotion",
    "deployment": "Deployment",
}
NOTHING = "-"

Fields = Sequence[tuple[str, str]]


def version_fields(version: Mapping[str, Any]) -> Fields:
    """A version."""
    made = version.get("metadata") or {}
    return [
        ("Version ID", str(version["id"])),
        ("Created", _time(made.get("created_on"))),
        ("Author", made.get("author_email") or NOTHING),
        ("Source", _source(version.get("annotations"), made.get("source"))),
        *_annotations(version),
    ]


def deployment_fields(deployment: Mapping[str, Any], versions: Mapping[str, Mapping[str, Any]]) -> Fields:
    """A deployment with the versions that it lets serve requests."""
    annotations = deployment.get("annotations") or {}
    served = [
        f"({entry['percentage']:g}%) {entry['version_id']}\n{_details(versions[entry['version_id']])}"
        for entry in deployment.get("versions") or ()
    ]
    return [
        ("Created", _time(deployment.get("created_on"))),
        ("Author", deployment.get("author_email") or NOTHING),
        ("Source", _source(annotations, deployment.get("source"))),
        ("Message", annotations.get("workers/message") or NOTHING),
        ("Version(s)", "\n\n".join(served)),
    ]


def code_fields(version: Mapping[str, Any]) -> Fields:
    """What a version's code runs with."""
    resources = version.get("resources") or {}
    runtime = resources.get("script_runtime") or {}
    handlers = (resources.get("script") or {}).get("handlers")
    date, flags = runtime.get("compatibility_date"), runtime.get("compatibility_flags")
    return [
        *([("Handlers", ", ".join(handlers))] if handlers else []),
        *([("Compatibility Date", date)] if date else []),
        *([("Compatibility Flags", ", ".join(flags) or NOTHING)] if flags is not None else []),
    ]


def labelled(fields: Fields) -> str:
    """One line for each field, and its further lines below its first one."""
    width = max(len(label) for label, _ in fields) + 3
    lines = []
    for label, value in fields:
        first, *others = value.split("\n")
        lines.append(f"{label + ':':<{width}}{first}".rstrip())
        lines += [f"{'':<{width}}{line}".rstrip() for line in others]
    return "\n".join(lines)


def binding_rows(version: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """A version's bindings: name, type, and what they lead to. Values of secrets are never there."""
    bindings = (version.get("resources") or {}).get("bindings") or ()
    return [(f"env.{each['name']}", str(each["type"]), _target(each)) for each in bindings]


def _target(binding: Mapping[str, Any]) -> str:
    names = ("text", "json", "namespace_id", "bucket_name", "queue_name", "service", "class_name", "id")
    if binding["type"] in ("secret_text", "secret_key"):
        return NOTHING
    order = ("class_name", *names) if binding["type"] == "durable_object_namespace" else names
    return next((str(binding[name]) for name in order if binding.get(name) is not None), NOTHING)


def _details(version: Mapping[str, Any]) -> str:
    made = _time((version.get("metadata") or {}).get("created_on"))
    fields = [("Created", made), *_annotations(version)]
    return "\n".join(f"    {label + ':':>8}  {value}" for label, value in fields)


def _annotations(version: Mapping[str, Any]) -> Fields:
    annotations = version.get("annotations") or {}
    return [
        ("Tag", annotations.get("workers/tag") or NOTHING),
        ("Message", annotations.get("workers/message") or NOTHING),
    ]


def _source(annotations: Mapping[str, Any] | None, source: str | None) -> str:
    trigger = (annotations or {}).get("workers/triggered_by")
    if trigger is not None:
        return TRIGGERS.get(trigger, f"Unknown ({trigger})")
    return SOURCES.get(source or "", f"Other ({source})")


def _time(text: str | None) -> str:
    return local_time(text) or NOTHING
