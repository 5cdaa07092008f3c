"""The fields of one entry of `containers`. Source: Wrangler 4.164.0's configuration types and validation."""

from __future__ import annotations

from pywrangler.config.schema.kinds import (
    NAME,
    Anything,
    Field,
    Flag,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Table,
    Text,
)

INSTANCE_TYPES = ("lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4")
FORMER_INSTANCE_TYPES = {"dev": "lite", "standard": "standard-1"}
REGIONS = ("ENAM", "WNAM", "EEUR", "WEUR", "APAC", "SAM", "ME", "OC", "AFR")
JURISDICTIONS = ("eu", "fedramp", "us")
MOST_INSTANCES = 1_000_000_000
"""More than possible, but small enough that every JSON parser reads the number exactly."""
ROLLOUT_STEP_SIZES = (5, 10, 20, 25, 50, 100)

_CUSTOM_SIZE = Table(
    (
        Field("vcpu", Number(minimum=0, is_whole=False), "Virtual CPUs.", default="0.0625"),
        Field("memory_mib", Number(minimum=1), "Memory in MiB.", default="256"),
        Field("disk_mb", Number(minimum=1), "Disk in MB.", default="2000"),
    )
)

_CONSTRAINTS = Table(
    (
        Field("regions", ListOf(Text()), f"Regions instances may run in: {', '.join(REGIONS)}."),
        Field("jurisdiction", Text(), f"Jurisdiction instances must stay in: {', '.join(JURISDICTIONS)}."),
        Field("tiers", ListOf(Number()), "Tiers of locations.", default="[1, 2]", is_hidden=True),
        Field("cities", ListOf(Text()), "Cities instances may run in.", is_hidden=True),
        Field("tier", Number(), "One tier of locations.", deprecated='"tiers", a list', is_hidden=True),
    )
)

_SSH = Table(
    (
        Field("enabled", Flag(), "Whether instances can be reached with `containers ssh`.", is_required=True),
        Field("port", Number(1, 65535), "Port of the SSH server.", default="22"),
    )
)


def _keys(is_name_required: bool) -> ListOf:
    name = Field("name", Text(), "A name for the key.", is_required=is_name_required)
    key = Text(pattern=r"[sS][sS][hH]-[eE][dD]25519.*", wanted='an Ed25519 key ("ssh-ed25519 ...")')
    return ListOf(Table((name, Field("public_key", key, "The public key, Ed25519 only.", is_required=True))))


_SAMPLING = Field("head_sampling_rate", Number(0, 1, is_whole=False), "The share that is kept.", default="1")
_PERSIST = Field("persist", Flag(), "Whether Cloudflare stores them.", default="true")
_DESTINATIONS = Field("destinations", ListOf(Text()), "Where else they are sent.", default="[]")
_LOGS = Table(
    (
        Field("enabled", Flag(), "Whether logs are kept."),
        _SAMPLING,
        Field("invocation_logs", Flag(), "Whether each invocation is logged.", default="true"),
        _PERSIST,
        _DESTINATIONS,
    )
)
_TRACES = Table((Field("enabled", Flag(), "Whether traces are kept."), _SAMPLING, _PERSIST, _DESTINATIONS))

OBSERVABILITY = Table(
    (
        Field("enabled", Flag(), "Whether anything is kept."),
        _SAMPLING,
        Field("logs", _LOGS, "Logs."),
        Field("traces", _TRACES, "Traces."),
        Field("issues", Table((Field("enabled", Flag(), "Whether issues are found."),)), "Issues."),
        Field("redact_query_string", Flag(), "Whether addresses are kept without their query."),
    )
)

_CONTAINER_OBSERVABILITY = Table(
    (
        Field("enabled", Flag(), "Whether logs are kept."),
        Field("logs", Table((Field("enabled", Flag(), "Whether logs are kept."),)), "Logs."),
        Field("target_instance_percentage", Number(1, 99), "From how many of the instances, in percent."),
        Field("target_instance_count", Number(minimum=1), "From how many of the instances."),
    )
)

_FORMER_CONFIGURATION = Table(
    (
        Field("image", Text(), "The image."),
        Field("labels", Anything(), "Labels."),
        Field("secrets", Anything(), "Secrets."),
        Field("disk", Table((Field("size_mb", Number(minimum=1), "Disk in MB."),)), "Disk."),
        Field("vcpu", Number(minimum=0, is_whole=False), "Virtual CPUs."),
        Field("memory_mib", Number(minimum=1), "Memory in MiB."),
    )
)

_AFFINITIES = Table(
    (
        Field("colocation", Text(), "What instances are kept together in, such as `datacenter`."),
        Field("hardware_generation", Text(), "Which machines they run on."),
    )
)

_NAMED_IMAGE = Table(
    (
        Field("dockerfile", Text(), "The Dockerfile, relative to the configuration file."),
        Field(
            "build_context", Text(), "The directory sent to the build.", default="the Dockerfile's directory"
        ),
        Field("build_vars", MapOf(Text()), "Build arguments. Never put a secret here."),
        Field("image", Text(), "In place of `dockerfile`: a managed image, by its digest."),
    ),
    is_closed=True,
)

CONTAINER = Table(
    (
        Field(
            "class_name",
            NAME,
            "The Durable Object class that starts instances of this container: a SQLite-backed class of the "
            "same Worker. The link can also be made from the other side, with `exports.<Class>.container`.",
        ),
        Field(
            "name",
            Text(),
            "The application's name. Required if there is no `class_name`.",
            default="`<worker>-<class_name>`, then `-<environment>` in a named one; lower case",
        ),
        Field(
            "image",
            Text(),
            "Required: the image of the instances, a Dockerfile, a directory that holds one, or a reference "
            "with a tag or a digest. Paths are relative to the configuration file.",
        ),
        Field(
            "image_build_context",
            Text(),
            "The directory sent to the build.",
            default="the Dockerfile's directory",
        ),
        Field(
            "image_vars",
            MapOf(OneOf((Text(), Number(is_whole=False), Flag()))),
            "Build arguments. They end up in the image's history: never put a secret here.",
        ),
        Field(
            "instance_type",
            OneOf((Text(choices=INSTANCE_TYPES, former_choices=(*FORMER_INSTANCE_TYPES,)), _CUSTOM_SIZE)),
            "The size of an instance, by name or as a table of its own.",
            default='"lite"',
        ),
        Field(
            "max_instances", Number(0, MOST_INSTANCES), "How many instances may run at once.", default="20"
        ),
        Field(
            "rollout_step_percentage",
            OneOf((Number(), ListOf(Number()))),
            "How a new version replaces running instances: one step size in percent (5, 10, 20, 25, 50 or "
            "100), or the progress after each step, ascending from 10 or more up to 100.",
            default="[10, 100]; 100 if `max_instances` is below 2",
        ),
        Field(
            "rollout_active_grace_period",
            Number(minimum=0),
            "Seconds that a busy instance may continue during a rollout before it is replaced.",
            default="0",
        ),
        Field(
            "rollout_kind",
            Text(choices=("full_auto", "full_manual", "none")),
            "Who moves a rollout from step to step; `none` starts no rollout.",
            default='"full_auto"',
        ),
        Field("constraints", _CONSTRAINTS, "Where instances may run."),
        Field(
            "scheduling_policy",
            Text(choices=("default", "moon", "regional", "durable_object")),
            "How places for instances are chosen. With `durable_object` the class chooses image and size of "
            "each instance in `start()`; such an entry has only `name`, `class_name`, `images`, "
            "`observability`, `ssh` and `authorized_keys`, and the policy of an application never changes.",
            default='"default"',
        ),
        Field("ssh", _SSH, "Access to instances with `containers ssh`."),
        Field("authorized_keys", _keys(is_name_required=True), "Public keys that may log in over SSH."),
        Field(
            "trusted_user_ca_keys",
            _keys(is_name_required=False),
            "Keys of authorities whose users may log in.",
        ),
        Field(
            "observability",
            _CONTAINER_OBSERVABILITY,
            "Logs of this application alone.",
            default="the Worker's `observability`",
        ),
        Field("affinities", _AFFINITIES, "What instances are placed near, or on.", is_hidden=True),
        Field("unsafe", MapOf(Anything()), "Passed to the API unchecked.", is_hidden=True),
        Field(
            "images",
            MapOf(_NAMED_IMAGE),
            "With the policy `durable_object`: up to 100 images by name, which the class finds in "
            "`ctx.container.images`.",
        ),
        Field("instances", Number(minimum=0), "No effect.", deprecated='"max_instances"', is_hidden=True),
        Field("durable_objects", Anything(), "No effect.", deprecated='"class_name"', is_hidden=True),
        Field("wrangler_ssh", _SSH, "Former name of `ssh`.", deprecated='"ssh"', is_hidden=True),
        Field(
            "configuration",
            _FORMER_CONFIGURATION,
            "Former place of image and size.",
            deprecated='"image" and "instance_type" next to it',
            is_hidden=True,
        ),
    )
)
