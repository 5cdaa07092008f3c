"""Checks an entry of `containers` with the policy `durable_object`, and makes its record.

Rules: Wrangler 4.164.0 (`validateContainerApp`, `validateDurableObjectContainerImages`,
`validateDurableObjectContainerUnsafe`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pywrangler.config.advice.paths import check_link, is_directory, near_file, plain_path
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.checks.containers import DEFAULT_ROLLOUT, TARGETS, passed_on, read_observability
from pywrangler.config.checks.instance_types import LITE
from pywrangler.config.discovery import is_file
from pywrangler.config.problems.report import Report
from pywrangler.config.records import MANAGED_POLICY, Container, DockerfileImage, RegistryImage
from pywrangler.config.syntax.document import Node
from pywrangler.image_names import MANAGED_REGISTRY
from pywrangler.spelling import quoted

FIELDS = (
    "name",
    "class_name",
    "scheduling_policy",
    "images",
    "observability",
    "ssh",
    "authorized_keys",
    "unsafe",
)
"""What such an entry may have."""
MOST_IMAGES = 100
LONGEST_NAME = 128
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PINNED = re.compile(rf"{re.escape(MANAGED_REGISTRY)}/{_PART}(?:/{_PART})+@sha256:[a-f0-9]{{64}}")
_PINNED_FORM = f"{MANAGED_REGISTRY}/<account-id>/<repository>@sha256:<64 lowercase hex digits>"
_BUILDS = ("build_context", "build_vars")


def is_managed(node: Node) -> bool:
    """Whether an entry of `containers` has the policy."""
    return node.text("scheduling_policy") == MANAGED_POLICY


def read_managed_container(node: Node, name: str, class_name: str, report: Report) -> Container:
    """The container's record; what was reported leaves images out of it."""
    _check_fields(node, report)
    _check_unsafe(node, report)
    observability = read_observability(node, report)
    for target in TARGETS:
        if found := node.at("observability", target):
            message = f'"{found}" cannot be set with the policy "{MANAGED_POLICY}"'
            hint = "Remove it: logs of such instances can be on or off, for all of them."
            report.error("managed-observability", message, found.key_place, hint)
    return Container(
        name=name,
        class_name=class_name,
        image=None,
        images=_images(node, report),
        max_instances=0,
        instance_type=LITE,
        scheduling_policy=MANAGED_POLICY,
        rollout_step_percentage=DEFAULT_ROLLOUT,
        observability=observability,
        is_linked_by_export=node.get("class_name") is None,
        extra=passed_on(node),
        place=node.place,
    )


def _check_fields(node: Node, report: Report) -> None:
    for key, value in node.entries():
        if key not in FIELDS:
            message = f'"{value}" cannot be set with the policy "{MANAGED_POLICY}"'
            report.error("managed-field", message, value.key_place, _FIELD_HINTS.get(key, _FIELD_HINT))


_FIELD_HINT = f"Remove it. Such an entry has only {quoted(FIELDS)}."
_FIELD_HINTS = {
    "image": 'Name it in "images", such as { "main": { "dockerfile": "./Dockerfile" } }, and pass it to'
    " `start({ image: ctx.container.images.main })`.",
    "instance_type": 'Remove it, and pass the size to `start({ instance: "basic" })`.',
    "max_instances": "Remove it: the class decides how many instances run.",
}


def _check_unsafe(node: Node, report: Report) -> None:
    unsafe = node.get("unsafe")
    if unsafe is None or not isinstance(unsafe.value, Mapping):
        return  # of the wrong type, which the schema reported
    configuration = unsafe.get("configuration")
    flags = configuration.get("experimental_flags") if configuration else None
    others = [each for key, each in unsafe.entries() if key != "configuration"]
    if configuration and isinstance(configuration.value, Mapping):
        others += [each for key, each in configuration.entries() if key != "experimental_flags"]
    elif configuration:
        others.append(configuration)
    for each in others:
        message = f'"{each}" cannot be set with the policy "{MANAGED_POLICY}"'
        hint = f'Remove it: only "{unsafe}.configuration.experimental_flags" is supported.'
        report.error("managed-unsafe", message, each.key_place, hint)
    if flags and not (isinstance(flags.value, list) and all(isinstance(flag, str) for flag in flags.value)):
        report.error("managed-unsafe", f'"{flags}" must be a list of strings', flags.place)


def _images(node: Node, report: Report) -> dict[str, DockerfileImage | RegistryImage]:
    field = node.get("images")
    if field is None or not isinstance(field.value, Mapping):
        return {}
    if not field.value:
        hint = "Name an image, or remove the field."
        report.error("managed-images", f'"{field}" is empty', field.place, hint)
    if len(field.value) > MOST_IMAGES:
        message = f'"{field}" has {len(field.value)} images; at most {MOST_IMAGES} are possible'
        report.error("managed-images", message, field.key_place, "Remove some.")
    found = {}
    for name, entry in field.entries():
        if not 1 <= len(name.encode("utf-16-le")) // 2 <= LONGEST_NAME:
            message = f'The name of "{entry}" must have 1 to {LONGEST_NAME} characters'
            report.error("managed-image-name", message, entry.key_place)
        if isinstance(entry.value, Mapping) and (image := _image(entry, report)) is not None:
            found[name] = image
    return found


def _image(entry: Node, report: Report) -> DockerfileImage | RegistryImage | None:
    """One entry of `images`; None if it was reported."""
    dockerfile, image = entry.get("dockerfile"), entry.get("image")
    if (dockerfile is None) == (image is None):
        has = "neither" if image is None else "both"
        words = '"dockerfile" nor "image"' if image is None else '"dockerfile" and "image"'
        hint = "Write one of them, such as:\n" + snippet(
            entry.document.syntax, {"dockerfile": "./Dockerfile"}
        )
        report.error("managed-image", f'"{entry}" has {has} {words}', entry.place, hint)
        return None
    texts = [each for each in (dockerfile, image, entry.get("build_context")) if each]
    if empty := [each for each in texts if isinstance(each.value, str) and not each.value]:
        report.error("managed-image", f'"{empty[0]}" is empty', empty[0].place)
        return None
    if any(not isinstance(each.value, str) for each in texts):
        return None  # reported by the schema
    return _pinned(entry, image, report) if image else _to_build(entry, report)


def _pinned(entry: Node, image: Node, report: Report) -> RegistryImage | None:
    for field in filter(None, map(entry.get, _BUILDS)):
        message = f'"{field}" has no effect on an image that exists'
        report.error("managed-image", message, field.key_place, "Remove it.")
    if _PINNED.fullmatch(image.value):
        return RegistryImage(image.value)
    message = f'"{image}" must name an image of the managed registry by its digest'
    hint = f"Write it in the form {_PINNED_FORM}; `pywrangler containers push` prints the digest."
    report.error("managed-image-reference", message, image.place, hint)
    return None


def _to_build(entry: Node, report: Report) -> DockerfileImage | None:
    directory = entry.document.file.parent
    written = str(entry.text("dockerfile"))
    dockerfile, context_node = plain_path(directory / written), entry.get("build_context")
    node = entry.get("dockerfile") or entry
    if "\0" in written or not is_file(dockerfile):
        near = near_file(dockerfile)
        hint = f'Did you mean "{near}"?' if near else f"Paths are relative to {directory}."
        report.error("dockerfile-missing", f'"{node}" is {dockerfile}, which is not a file', node.place, hint)
        return None
    check_link(node, dockerfile, directory, report)
    context = dockerfile.parent
    if context_node:
        context = plain_path(directory / str(context_node.value))
        if not is_directory(context):
            message = f'"{context_node}" is {context}, which is not a directory'
            hint = f"Paths are relative to {directory}."
            report.error("build-context-missing", message, context_node.place, hint)
        check_link(context_node, context, directory, report)
    variables = entry.get("build_vars")
    values = dict(variables.value) if variables and isinstance(variables.value, Mapping) else {}
    return DockerfileImage(dockerfile, context, {name: str(value) for name, value in values.items()})
