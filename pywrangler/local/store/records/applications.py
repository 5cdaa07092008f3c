"""Container applications with their rollouts, and the registries of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

MANAGED_POLICY = "durable_object"
"""The scheduling policy of an application whose class chooses image and size. It has the id of its Durable
Object namespace, and its images belong to the versions of its Worker.
"""

RolloutStatus = Literal["pending", "progressing", "completed", "reverted", "replaced"]
RolloutKind = Literal["full_auto", "full_manual"]


@dataclass(frozen=True)
class ApplicationRecord:
    """A container application as the API has it; `pywrangler.local.instances.records.Application` is what
    runs need of it.
    """

    id: str
    """UUID."""
    name: str
    namespace_id: str
    worker: str
    class_name: str
    version: int
    """Counts the configurations that instances are started with; see `Applications.modify`."""
    rolled_out_version: int
    """The version that the last finished rollout left running: what a revert goes back to."""
    created_at: float
    updated_at: float
    spec: Mapping[str, Any]
    """The rest of the API's object: `configuration`, `max_instances`, `constraints`,
    `rollout_active_grace_period`, ...
    """

    @property
    def is_managed(self) -> bool:
        """Whether its class chooses image and size of each instance."""
        return self.spec.get("scheduling_policy") == MANAGED_POLICY

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The settings with which an instance starts: `image`, `vcpu`, `memory_mib`, `disk`, ..."""
        return cast("Mapping[str, Any]", self.spec["configuration"])


@dataclass(frozen=True)
class RolloutStep:
    """One step of a rollout; `id` counts from 1."""

    id: int
    percentage: int
    description: str = ""
    status: Literal["pending", "progressing", "reverting", "completed", "reverted"] = "pending"
    reason: str | None = None
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(frozen=True)
class StoredRollout:
    """The replacement of an application's running instances by instances of another version, step by step."""

    id: str
    application_id: str
    kind: RolloutKind
    description: str
    current_version: int
    """The version that instances had before; reverting goes back to it."""
    target_version: int
    current_configuration: Mapping[str, Any]
    target_configuration: Mapping[str, Any]
    status: RolloutStatus
    steps: tuple[RolloutStep, ...]
    created_at: float
    last_updated_at: float
    started_at: float | None = None
    current_step: int = 0
    updated_instances: int = 0
    total_instances: int = 0
    reason: str | None = None
    """Why it does not continue."""
    failure: Mapping[str, Any] | None = None
    """If an instance of the new version did not come up: all that is known, in the form of a bring-up's
    failure.
    """

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in ("completed", "reverted", "replaced")


@dataclass(frozen=True)
class StoredRegistry:
    """An image registry the account has credentials for; the password is a secret of the Secrets Store."""

    domain: str
    kind: str | None
    created_at: float
    is_public: bool = False
    public_credential: str | None = None
    """The user name or key id."""
    private_credential: Mapping[str, str] | None = None
    """`{"store_id", "secret_name"}`."""
