"""The fields of Cloudflare's other products. Source: Wrangler 4.164.0's validation.

Of what the API asks for, only that is required here without which Wrangler refuses the configuration: a
database without its id is fine for the local platform.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.schema.kinds import (
    NAME,
    Anything,
    Field,
    Flag,
    Kind,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Table,
    Text,
)

BINDING = Field("binding", NAME, "The binding's name in `env`.", is_required=True)
BINDING_NAME = Field("name", NAME, "The binding's name in `env`.", is_required=True)
_REMOTE = Field("remote", Flag(), "Whether local development uses the real one.", use="harmless")
_SERVICE = Field("service", Text(), "The Worker.", is_required=True)
_ENVIRONMENT = Field("environment", Text(), "The environment of that Worker.")
_BUCKET = Text(
    pattern=r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    wanted="3 to 63 lower-case letters, digits and hyphens, without a hyphen at either end",
)


def _texts(texts: Mapping[str, str], *, are_required: bool = False) -> tuple[Field, ...]:
    return tuple(Field(name, Text(), text, is_required=are_required) for name, text in texts.items())


def _named(**required: str) -> ListOf:
    """A list of bindings that need these texts."""
    return ListOf(Table((BINDING, *_texts(required, are_required=True), _REMOTE)))


_SINGLE = Table((BINDING, _REMOTE))

_D1 = Table(
    (
        BINDING,
        *_texts(
            {
                "database_id": "The database's id.",
                "database_name": "The database's name.",
                "preview_database_id": "The database used by `wrangler dev`.",
                "migrations_dir": "Directory of the migrations.",
                "migrations_pattern": "Which files are migrations.",
                "migrations_table": "The table that lists what was applied.",
                "jurisdiction": "The jurisdiction that keeps the data.",
                "database_internal_env": "For Cloudflare's own use.",
            }
        ),
        _REMOTE,
    )
)
_S3_CREDENTIALS = Table(
    (
        Field("accessKeyId", Text(), "The access key's id.", is_required=True),
        Field("secretAccessKey", Text(), "Its secret.", is_required=True),
    )
)
_R2 = Table(
    (
        BINDING,
        Field("bucket_name", _BUCKET, "The bucket's name."),
        Field("preview_bucket_name", _BUCKET, "The bucket used by `wrangler dev`."),
        Field("jurisdiction", Text(), "The jurisdiction that keeps the data."),
        Field(
            "local_dev",
            Table(
                (
                    Field(
                        "experimental_s3_credentials",
                        _S3_CREDENTIALS,
                        "A key for the bucket's S3 interface on this machine.",
                    ),
                )
            ),
            "Settings for the local platform and `wrangler dev`.",
            use="harmless",
        ),
        _REMOTE,
    )
)
_EMAIL = Table(
    (
        BINDING_NAME,
        Field("destination_address", Text(), "The one address that gets mail."),
        Field("allowed_destination_addresses", ListOf(Text()), "Addresses that may get mail."),
        Field("allowed_sender_addresses", ListOf(Text()), "Addresses that may send mail."),
        _REMOTE,
    )
)
_RATE_LIMIT = Table(
    (
        BINDING_NAME,
        Field("namespace_id", Text(), "A number of your choice, as a string.", is_required=True),
        Field(
            "simple",
            Table(
                (
                    Field("limit", Number(), "How many calls.", is_required=True),
                    Field("period", Number(10, 60), "In how many seconds: 10 or 60.", is_required=True),
                )
            ),
            "The limit.",
            is_required=True,
        ),
    )
)
_OUTBOUND = Table(
    (
        _SERVICE,
        _ENVIRONMENT,
        Field("parameters", ListOf(Text()), "Names of the parameters that are passed to it."),
    )
)
_DISPATCH_NAMESPACE = Table(
    (
        BINDING,
        Field("namespace", Text(), "The namespace's name."),
        Field("outbound", _OUTBOUND, "The Worker that sees what its Workers send out."),
        _REMOTE,
    )
)
_PRODUCER = Table(
    (
        BINDING,
        Field("queue", Text(pattern=".+", wanted="the name of a queue"), "The queue."),
        Field(
            "delivery_delay",
            Number(minimum=0),
            "Seconds before a message is delivered.",
            deprecated="`pywrangler queues update`; Cloudflare ignores it here",
        ),
        _REMOTE,
    )
)
_CONSUMER = Table(
    (
        Field("queue", Text(), "The queue.", is_required=True),
        Field(
            "type",
            Text(
                choices=("worker",),
                otherwise="Remove this consumer. `pywrangler queues consumer http add QUEUE` adds one that"
                " pulls.",
            ),
            "The kind of consumer; others are configured elsewhere.",
        ),
        Field("dead_letter_queue", Text(), "Where failing messages go."),
        *(
            Field(name, Number(minimum=0), text)
            for name, text in {
                "max_batch_size": "Maximum number of messages in a batch.",
                "max_batch_timeout": "Seconds until a batch that is not full is delivered.",
                "max_retries": "How often a message is tried again.",
                "max_concurrency": "Maximum number of concurrent consumers.",
                "visibility_timeout_ms": "Milliseconds until a message that was pulled is seen again.",
                "retry_delay": "Seconds before a message is tried again.",
            }.items()
        ),
    )
)
_ROUTE = OneOf(
    (
        Text(pattern=".+", wanted="a pattern"),
        Table(
            (
                Field("pattern", Text(pattern=".+", wanted="a pattern"), "The pattern.", is_required=True),
                *_texts({"zone_name": "The zone's name.", "zone_id": "The zone's id."}),
                Field("custom_domain", Flag(), "Whether the pattern is a domain of the Worker's own."),
                Field("enabled", Flag(), "Whether the domain leads to the Worker."),
                Field("previews_enabled", Flag(), "Whether it leads to previews."),
            ),
            is_closed=True,
        ),
    )
)
_PLACEMENT = Table(
    (
        Field("mode", Text(choices=("off", "smart", "targeted")), "How a place is chosen."),
        Field("hint", Text(), "Where to begin, with `smart`."),
        *(
            Field(name, Text(pattern=".+", wanted="the name of a place"), text)
            for name, text in {
                "region": "A cloud region to be near.",
                "host": "A host and port to be near.",
                "hostname": "A web server to be near.",
            }.items()
        ),
    )
)
_UNSAFE = Table(
    (
        Field("bindings", ListOf(MapOf(Anything())), "Bindings in the API's form."),
        Field("metadata", MapOf(Anything()), "Metadata of the upload."),
        Field("capnp", Anything(), "Schemas of log forwarding.", use="unused"),
    )
)
_CACHE = Table(
    (
        Field("enabled", Flag(), "Whether responses are cached.", is_required=True),
        Field("cross_version_cache", Flag(), "Whether versions share what is cached."),
    )
)
_LIMITS = Table(
    (
        Field("cpu_ms", Number(minimum=0), "Milliseconds of CPU time."),
        Field("subrequests", Number(minimum=0), "Requests that one request makes."),
    )
)
_RETENTION = OneOf((Number(1), Text(pattern=".+", wanted='a duration, such as "3 days"')))
_WORKFLOW = Table(
    (
        BINDING,
        Field(
            "name",
            Text(
                pattern=r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}",
                wanted="1 to 64 letters, digits, hyphens and underscores that do not begin with a hyphen",
            ),
            "The Workflow's name.",
            is_required=True,
        ),
        Field("class_name", Text(), "The class of the Worker that runs it.", is_required=True),
        Field("script_name", Text(), "The Worker that has the class, if it is another one."),
        Field("limits", Table((Field("steps", Number(1, 25_000), "Steps of an instance."),)), "Limits."),
        Field("concurrency", Table((Field("limit", Number(1), "How many."),)), "Instances at a time."),
        Field("schedules", OneOf((Text(), ListOf(Text()))), "Cron expressions that start instances."),
        Field(
            "default_retention",
            Table(
                (
                    Field("success_retention", _RETENTION, "Those that completed."),
                    Field("error_retention", _RETENTION, "Those that failed."),
                )
            ),
            "How long ended instances are kept.",
        ),
        Field(
            "jurisdiction",
            Text(choices=("eu", "fedramp", "us")),
            "The jurisdiction that keeps the data.",
        ),
        _REMOTE,
    )
)
_TAIL = ListOf(Table((_SERVICE, _ENVIRONMENT)))

PRODUCT_KINDS: Mapping[str, Kind] = {
    "agent_memory": _named(namespace="The namespace's name."),
    "ai": Table((BINDING, Field("staging", Flag(), "For Cloudflare's own use."), _REMOTE)),
    "ai_search": _named(instance_name="The instance's name."),
    "ai_search_namespaces": _named(namespace="The namespace's name."),
    "analytics": _SINGLE,
    "analytics_engine_datasets": ListOf(
        Table((BINDING, Field("dataset", NAME, "The dataset's name."), _REMOTE))
    ),
    "artifacts": _named(namespace="The namespace's name."),
    "browser": _SINGLE,
    "cache": _CACHE,
    "compliance_region": Text(choices=("public", "fedramp_high")),
    "d1_databases": ListOf(_D1),
    "dispatch_namespaces": ListOf(_DISPATCH_NAMESPACE),
    "flagship": ListOf(Table((BINDING, Field("app_id", Text(), "The app's id."), _REMOTE))),
    "hyperdrive": ListOf(
        Table(
            (
                BINDING,
                Field("id", Text(), "The configuration's id.", is_required=True),
                Field("localConnectionString", Text(), "The database of `wrangler dev`.", use="harmless"),
                _REMOTE,
            )
        )
    ),
    "images": _SINGLE,
    "k2": _named(stream="The stream's id."),
    "limits": _LIMITS,
    "logpush": Flag(),
    "media": _SINGLE,
    "mtls_certificates": ListOf(
        Table((BINDING, Field("certificate_id", NAME, "The certificate's id.", is_required=True), _REMOTE))
    ),
    "pipelines": ListOf(
        Table(
            (
                BINDING,
                Field("stream", Text(), "The stream's id."),
                Field("pipeline", Text(), "Former name of it.", deprecated='"stream"'),
                _REMOTE,
            )
        )
    ),
    "placement": _PLACEMENT,
    "preview_urls": Flag(),
    "queues": Table(
        (
            Field("producers", ListOf(_PRODUCER), "Bindings that send messages."),
            Field("consumers", ListOf(_CONSUMER), "Queues whose messages the Worker gets."),
        )
    ),
    "r2_buckets": ListOf(_R2),
    "ratelimits": ListOf(_RATE_LIMIT),
    "route": OneOf((Text(), *_ROUTE.kinds[1:])),
    "routes": ListOf(_ROUTE),
    "secrets": Table((Field("required", ListOf(NAME), "The secrets' names."),)),
    "send_email": ListOf(_EMAIL),
    "stream": _SINGLE,
    "streaming_tail_consumers": _TAIL,
    "tail_consumers": _TAIL,
    "unsafe": _UNSAFE,
    "upload_source_maps": Flag(),
    "vectorize": _named(index_name="The index's name."),
    "version_metadata": _SINGLE,
    "vpc_networks": ListOf(
        Table((BINDING, *_texts({"tunnel_id": "A tunnel.", "network_id": "A network."}), _REMOTE))
    ),
    "vpc_services": _named(service_id="The service's id."),
    "websearch": _SINGLE,
    "worker_loaders": ListOf(Table((BINDING,))),
    "$schema": Text(),
    "cloudchamber": MapOf(Anything()),
    "connect": ListOf(Anything()),
    "data_blobs": MapOf(Anything()),
    "dependencies_instrumentation": MapOf(Anything()),
    "first_party_worker": Flag(),
    "logfwdr": MapOf(Anything()),
    "pages_build_output_dir": Text(),
    "preserve_file_names": Flag(),
    "previews": MapOf(Anything()),
    "python_modules": MapOf(Anything()),
    "send_metrics": Flag(),
    "site": MapOf(Anything()),
    "text_blobs": MapOf(Anything()),
    "wasm_modules": MapOf(Anything()),
    "workflows": ListOf(_WORKFLOW),
}
"""By the name of the field; other fields are passed on, or ignored, unchecked."""
