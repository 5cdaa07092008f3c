"""The part of the configuration that a binding adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pywrangler.local.workerd.capnp import Value
from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class Attachment:
    """One binding's share of the configuration."""

    value: Mapping[str, Value]
    """The binding's own member, such as `{"text": "..."}`; its name is added by the caller."""
    services: tuple[Mapping[str, Value], ...] = ()
    """Services it refers to. Two attachments may name the same one."""
    extensions: tuple[Mapping[str, Value], ...] = ()
    environment: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    """Variables of `workerd`'s process for secrets, which are never in the configuration file."""

    def wrapped(self, module: str, name: str, *more: Value) -> Attachment:
        """The same behind an internal module of `workerd`, which sees it as `name`, and `more` beside it."""
        inner: Value = {"name": name, **self.value}
        return replace(self, value={"wrapped": {"moduleName": module, "innerBindings": [inner, *more]}})

    def raw(self) -> Attachment:
        """The same without the product's interface: the service behind it."""
        value: Any = self.value
        if "wrapped" in value:
            value = value["wrapped"]["innerBindings"][0]
        (target,) = (target for kind, target in value.items() if kind != "name")
        return replace(self, value={"service": target})


def secret_variable(binding_name: str) -> str:
    """The variable with a binding's secret. The name is in hex, because a binding may have any name."""
    return "PYWRANGLER_SECRET_" + binding_name.encode().hex()
