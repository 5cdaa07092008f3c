"""Texts without which a file cannot have a mistake: most files are not parsed."""

from __future__ import annotations

import re

START_OPTIONS = re.compile(rb"startAndWaitForPorts|\bstart\s*\(")
ENV = re.compile(rb"\benv\b")
CONSTRUCTOR_CALL = re.compile(rb"\.\s*(?:start|monitor)\s*\(")
CONTAINER = re.compile(rb"\bcontainer\b")
AUTOSCALE = re.compile(rb"\bautoscale\b")
STATIC_HANDLER = re.compile(rb"\bstatic\b[^=;{}()]*\boutbound")
BUFFER = re.compile(rb"\bBuffer\b")
READ = re.compile(
    rb"\b([\w$]+(?:\s*\.\s*req)?)\s*\??\.\s*(?:json|text|formData|arrayBuffer|blob|bytes|parseBody)\s*[(<]"
)


def may_use_start_options(content: bytes) -> bool:
    """Whether `env` may be in the options of a start."""
    return bool(ENV.search(content) and START_OPTIONS.search(content))


def may_call_in_constructor(content: bytes) -> bool:
    """Whether a constructor may start a container, or wait for its end."""
    marks = (CONSTRUCTOR_CALL, CONTAINER)
    return b"constructor" in content and all(mark.search(content) for mark in marks)


def read_names(content: bytes) -> set[str]:
    """Objects whose bodies are read: `request`, `c.req`, and all else with a method of such a name."""
    return {b"".join(name.split()).decode() for name in READ.findall(content)}


def may_use_request_twice(content: bytes) -> bool:
    """Whether the body of something is read that is an argument elsewhere."""
    names = {name.encode() for name in read_names(content)}
    passed = {name if not name.endswith(b".req") else name + b".raw" for name in names}
    return any(
        re.search(rb"[(,:]\s*" + re.escape(name) + rb"\s*(?:[,)]|\.\s*(?:clone|body)\b)", content)
        for name in passed
    )


def may_autoscale(content: bytes) -> bool:
    """Whether something is called `autoscale`."""
    return AUTOSCALE.search(content) is not None


def may_have_static_handlers(content: bytes) -> bool:
    """Whether a static field may be one of the package's handlers."""
    return STATIC_HANDLER.search(content) is not None


def may_use_buffer(content: bytes) -> bool:
    """Whether something is called `Buffer`."""
    return BUFFER.search(content) is not None


MARKS = {
    "start_options": may_use_start_options,
    "constructor": may_call_in_constructor,
    "request": may_use_request_twice,
    "autoscale": may_autoscale,
    "static_handlers": may_have_static_handlers,
    "buffer": may_use_buffer,
}
"""By the rule's name."""
