"""Names of bindings and of classes that were mixed up: reported as that, and not as the mistakes that follow
from it.
"""

from __future__ import annotations

import json

from pywrangler.config.classes.declarations import Classes
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import closest


def report_mixed_names(classes: Classes, report: Report) -> frozenset[str]:
    """The classes that need no further report, because their names were mixed up with those of bindings."""
    told: set[str] = set()
    for class_name, binding in classes.bindings.items():
        name = binding.text("name")
        declared = classes.declared.get(name or "")
        if declared is None or class_name in classes.declared:
            continue
        told |= {class_name, declared.name}
        if _is_class_like(declared.name, class_name):
            _report_swapped(binding, report)
        else:
            message = f'"{declared.node}" is "{name}", the name of a binding; its class is "{class_name}"'
            edits = declared.node.replace(json.dumps(class_name))
            report.error("binding-for-class", message, declared.node.place, f'Write "{class_name}".', edits)
    return frozenset(told | _misspelled_in_bindings(classes))


def _is_class_like(declared: str, bound: str) -> bool:
    """Whether the declared name looks like a class, and the other one like a binding (`MY_CONTAINER`)."""
    return bound.isupper() and not declared.isupper()


def _report_swapped(binding: Node, report: Report) -> None:
    name, class_node = binding.get("name"), binding.get("class_name")
    if name is None or class_node is None:
        return
    message = f'"{name}" is "{name.value}", a class, and "{class_node}" is "{class_node.value}"'
    edits = (*name.replace(json.dumps(class_node.value)), *class_node.replace(json.dumps(name.value)))
    hint = "Swap the two: the name is how the Worker's code calls the binding."
    report.error("binding-swapped", message, name.place, hint, edits)


def _misspelled_in_bindings(classes: Classes) -> set[str]:
    """Classes without a binding, if a binding names a similar class that does not exist: the binding is
    reported.
    """
    free = [name for name in classes.declared if name not in classes.bindings]
    bound = [name for name in classes.bindings if name not in classes.declared]
    return {found for name in bound if (found := closest(name, free))}
