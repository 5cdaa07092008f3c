"""A checked configuration: plain records, with defaults filled in and every path absolute.

`pywrangler.config.load` makes them; nothing here reads files. Field names follow Wrangler's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from pywrangler.config.problems.records import Place, Problem
from pywrangler.dataclass import dataclass

MANAGED_POLICY = "durable_object"
"""The scheduling policy of containers whose class chooses image and size in `start()`."""


@dataclass(frozen=True)
class InstanceType:
    """Size of an instance. `name` is None for a custom size."""

    name: str | None
    vcpu: float
    memory_mib: int
    disk_mb: int


@dataclass(frozen=True)
class DockerfileImage:
    """An image to build. `build_vars` become `--build-arg`s."""

    dockerfile: Path
    context: Path
    build_vars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RegistryImage:
    """An image that exists in a registry (or, locally, in the engine's store), as the user wrote it."""

    reference: str


@dataclass(frozen=True)
class Container:
    """One entry of `containers`."""

    name: str
    """The application's name."""
    class_name: str
    image: DockerfileImage | RegistryImage | None
    """None for one that its class manages: there is no image until `start()` chooses one."""
    max_instances: int
    instance_type: InstanceType
    constraints: Mapping[str, Any] = field(default_factory=dict)
    """As the API takes it: `tiers`, `regions` (upper case), `jurisdiction`, ..."""
    scheduling_policy: str = "default"
    rollout_step_percentage: tuple[int, ...] = (10, 100)
    """Cumulative progress after each step, also where the user wrote a single number."""
    rollout_step_size: int | None = None
    """The single number, where the user wrote one (or where fewer than two instances make it 100): the API
    then takes `step_percentage` and no list of steps.
    """
    rollout_active_grace_period_seconds: int = 0
    rollout_kind: str = "full_auto"
    observability: Mapping[str, Any] | None = None
    """As the user wrote it; None if the Worker's holds."""
    is_linked_by_export: bool = False
    """Whether its class is named by `exports.<Class>.container`, and not here."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields passed to the API as they are: `affinities`, `unsafe`, `ssh`, `authorized_keys` and
    `trusted_user_ca_keys`.
    """
    images: Mapping[str, DockerfileImage | RegistryImage] = field(default_factory=dict)
    """The images that its class chooses from, by name; only of one that its class manages."""
    place: Place | None = None

    @property
    def is_managed(self) -> bool:
        """Whether its Durable Object class chooses image and size of each instance."""
        return self.scheduling_policy == MANAGED_POLICY

    @property
    def every_image(self) -> tuple[DockerfileImage | RegistryImage, ...]:
        """Its image, or all of its `images`."""
        return (self.image,) if self.image else tuple(self.images.values())


@dataclass(frozen=True)
class DurableObjectBinding:
    """One entry of `durable_objects.bindings`; `script_name` names another Worker that has the class."""

    name: str
    class_name: str
    script_name: str | None = None
    environment: str | None = None


@dataclass(frozen=True)
class Migration:
    """One entry of `migrations`. The pairs of `renamed_classes` are (from, to)."""

    tag: str
    new_classes: tuple[str, ...] = ()
    new_sqlite_classes: tuple[str, ...] = ()
    renamed_classes: tuple[tuple[str, str], ...] = ()
    deleted_classes: tuple[str, ...] = ()
    transferred_classes: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class KVNamespace:
    """One entry of `kv_namespaces`."""

    binding: str
    id: str | None
    preview_id: str | None = None


@dataclass(frozen=True)
class SecretsStoreSecret:
    """One entry of `secrets_store_secrets`."""

    binding: str
    store_id: str
    secret_name: str


@dataclass(frozen=True)
class ServiceBinding:
    """One entry of `services`."""

    binding: str
    service: str
    entrypoint: str | None = None
    environment: str | None = None
    props: Mapping[str, Any] | None = None
    cross_account_grant: str | None = None


@dataclass(frozen=True)
class RemoteBinding:
    """A binding of any kind that is `remote: true`."""

    name: str
    kind: str
    """The field that its kind of binding is in, such as `r2_buckets`."""
    path: str
    """Where it is in the configuration, such as `r2_buckets[0]`."""
    written: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class Assets:
    """Static files that are served beside the Worker."""

    directory: Path
    binding: str | None = None
    serving: Mapping[str, Any] = field(default_factory=dict)
    """How they are served, as the API takes it: `html_handling`, `not_found_handling`, `base_path` and
    `run_worker_first`, where the user wrote them.
    """


@dataclass(frozen=True)
class ModuleRule:
    """One entry of `rules`: modules of `type` are the files that match `globs`."""

    type: str
    globs: tuple[str, ...]
    fallthrough: bool = False


@dataclass(frozen=True)
class BuildCommand:
    """`build`: what makes the Worker's files before they are bundled. `cwd` is as the user wrote it: relative
    to the directory that pywrangler runs in.
    """

    command: str
    cwd: str | None = None
    watch: tuple[str, ...] = ()
    """`watch_dir`: where the command reads, relative to the same directory; empty if that is not said."""


@dataclass(frozen=True)
class LocalAddress:
    """The address of a Worker on the local platform, from `dev`."""

    ip: str | None = None
    """None means loopback."""
    port: int | None = None
    """None means any free one."""
    unused: tuple[str, ...] = ()
    """Fields of `dev` that say something which the local platform does not do."""


@dataclass(frozen=True)
class Configuration:
    """A whole configuration, for one environment, ready to deploy."""

    file: Path
    root: Path
    """The directory of `file`: what relative paths are relative to."""
    environment: str | None
    name: str
    """The Worker's name, with the environment's suffix if there is one."""
    main: Path | None
    """The entry file; None for a Worker of static assets only."""
    compatibility_date: str
    compatibility_flags: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    durable_objects: tuple[DurableObjectBinding, ...] = ()
    migrations: tuple[Migration, ...] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    kv_namespaces: tuple[KVNamespace, ...] = ()
    secrets_store_secrets: tuple[SecretsStoreSecret, ...] = ()
    services: tuple[ServiceBinding, ...] = ()
    assets: Assets | None = None
    remote: tuple[RemoteBinding, ...] = ()
    """Bindings that lead to the account at Cloudflare from the local platform, too."""
    crons: tuple[str, ...] | None = None
    """None when the configuration does not mention triggers; then a deploy leaves them as they are."""
    build: BuildCommand | None = None
    no_bundle: bool = False
    minify: bool = False
    keep_names: bool = True
    rules: tuple[ModuleRule, ...] = ()
    find_additional_modules: bool = False
    """Whether the files that `rules` name are uploaded, imported or not."""
    base_dir: Path | None = None
    """The directory that the names of these files are relative to; None for the directory of `main`."""
    define: Mapping[str, str] = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)
    tsconfig: Path | None = None
    jsx_factory: str | None = None
    jsx_fragment: str | None = None
    account_id: str | None = None
    workers_dev: bool | None = None
    observability: Mapping[str, Any] | None = None
    target_environment: str | None = None
    """The environment that a generated configuration was made for."""
    has_environments: bool = False
    """Whether the file defines named environments, this one or others."""
    top_level_name: str | None = None
    """`name` at the top level: the Worker's name without the environment's suffix."""
    exports: Mapping[str, Any] = field(default_factory=dict)
    """Declared Durable Object classes, as the user wrote them; a configuration has these or `migrations`,
    never both.
    """
    keep_vars: bool = False
    """Whether a deploy leaves variables alone that were set elsewhere."""
    container_engine: str | None = None
    """`dev.container_engine`: the engine's socket, where the configuration names one."""
    dev: LocalAddress = LocalAddress()
    """`dev`: where the Worker listens on the local platform."""
    mentions_containers: bool = False
    """Whether there is a list of containers, even an empty one."""
    cloudflare: Mapping[str, Any] = field(default_factory=dict)
    """Fields of other products, by name and as the user wrote them: for Cloudflare alone."""
    unused: tuple[str, ...] = ()
    """Top-level fields that are accepted and not used by pywrangler."""
    warnings: tuple[Problem, ...] = ()

    @property
    def entry(self) -> Path:
        """The entry file of a Worker that has code."""
        if self.main is None:
            raise ValueError(f"The Worker {self.name} has no code.")
        return self.main
