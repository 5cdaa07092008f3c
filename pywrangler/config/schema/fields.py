"""The fields of the root that pywrangler acts on. Source: Wrangler 4.164.0's configuration types and
validation.
"""

from __future__ import annotations

from pywrangler.config.schema.assets import ASSETS
from pywrangler.config.schema.containers import CONTAINER, OBSERVABILITY
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
from pywrangler.config.schema.products import BINDING, BINDING_NAME

WORKER_NAME = Text(
    pattern=r"[a-z0-9_][a-z0-9_-]*",
    wanted="lower-case letters, digits, underscores and dashes, and begin without a dash",
)
DATE = Text(pattern=r"\d{4}-\d{2}-\d{2}", wanted="a date such as 2026-01-31")

_DURABLE_OBJECT_BINDING = Table(
    (
        BINDING_NAME,
        Field("class_name", NAME, "The Durable Object class.", is_required=True),
        Field("script_name", Text(), "The Worker that has the class.", default="this Worker"),
        Field("environment", Text(), "The environment of that Worker.", use="cloudflare"),
    )
)

_RENAMED = Table(
    (
        Field("from", Text(), "The class's former name.", is_required=True),
        Field("to", Text(), "The class's new name.", is_required=True),
    )
)

_TRANSFERRED = Table(
    (
        Field("from", Text(), "The class's name there.", is_required=True),
        Field("from_script", Text(), "The Worker that had the class.", is_required=True),
        Field("to", Text(), "The class's name here.", is_required=True),
    )
)

_MIGRATION = Table(
    (
        Field("tag", NAME, "A name for this step, unlike all others.", is_required=True),
        Field(
            "new_sqlite_classes",
            ListOf(Text()),
            "New classes with SQLite storage; container classes need it.",
        ),
        Field("new_classes", ListOf(Text()), "New classes with key-value storage."),
        Field("renamed_classes", ListOf(_RENAMED), "Classes to rename."),
        Field("deleted_classes", ListOf(Text()), "Classes to delete, with everything they stored."),
        Field("transferred_classes", ListOf(_TRANSFERRED), "Classes to transfer from another Worker."),
    )
)

EXPORT = Table(
    (
        Field(
            "type",
            Text(choices=("durable-object", "worker", "workflow")),
            "What is exported.",
            is_required=True,
        ),
        Field(
            "state",
            Text(choices=("created", "deleted", "renamed", "transferred", "expecting-transfer")),
            "The state of the class.",
            default='"created"',
        ),
        Field(
            "storage", Text(choices=("sqlite", "legacy-kv")), "The class's storage; containers need `sqlite`."
        ),
        Field("container", Text(), "The name of the container that the class starts."),
        Field("renamed_to", Text(), "The class's new name."),
        Field("transferred_to", Text(), "The Worker that gets the class."),
        Field("transfer_from", Text(), "The Worker that the class comes from."),
        Field("cache", Anything(), "Cache settings of an entrypoint.", use="unused"),
        *(
            Field(name, Anything(), "A setting of a Workflow.", use="harmless", is_hidden=True)
            for name in ("name", "limits", "concurrency", "schedules", "default_retention", "jurisdiction")
        ),
    )
)

_CODE_UPDATE = Table(
    (
        Field(
            "mode", Text(choices=("immediate", "deferred")), "When objects get new code.", is_required=True
        ),
        Field(
            "max_delay",
            Number(0, 86_400, is_whole=False),
            "For how many seconds `deferred` waits until they hibernate.",
            default="300",
        ),
    )
)

_KV_NAMESPACE = Table(
    (
        BINDING,
        Field("id", Text(pattern=".+", wanted="an id, or omitted"), "The namespace's id."),
        Field("preview_id", Text(), "The namespace used by `wrangler dev`.", use="harmless"),
        Field("remote", Flag(), "Whether local development uses the real namespace.", use="harmless"),
    )
)

_SECRETS_STORE_SECRET = Table(
    (
        BINDING,
        Field("store_id", Text(), "The store's id, or its name.", is_required=True),
        Field("secret_name", Text(), "The secret's name in the store.", is_required=True),
        Field("remote", Flag(), "Whether local development uses the real store.", use="harmless"),
    )
)

_SERVICE_IN_DEV = Table(
    (
        Field(
            "plugin",
            Table(
                (
                    Field("package", Text(), "The npm package.", is_required=True),
                    Field("name", Text(), "The plugin's name in it.", is_required=True),
                )
            ),
            "A plugin of Miniflare.",
            is_required=True,
        ),
        Field("options", MapOf(Anything()), "The plugin's options."),
    )
)

_SERVICE = Table(
    (
        BINDING,
        Field("service", Text(), "The Worker it calls.", is_required=True),
        Field("entrypoint", Text(), "The named entrypoint of that Worker.", default="its default export"),
        Field(
            "environment",
            Text(),
            "An environment.",
            deprecated="the environment in `service`",
            is_hidden=True,
        ),
        Field("props", Anything(), "Values for `ctx.props`.", use="cloudflare"),
        Field("cross_account_grant", Text(), "A grant to call another account.", use="cloudflare"),
        Field("remote", Flag(), "Whether local development calls the deployed Worker.", use="harmless"),
        Field("dev", _SERVICE_IN_DEV, "What takes its place in `wrangler dev`.", use="harmless"),
    )
)

_RULE = Table(
    (
        Field(
            "type",
            Text(choices=("ESModule", "CommonJS", "CompiledWasm", "Text", "Data")),
            "The kind of module.",
            is_required=True,
        ),
        Field("globs", ListOf(Text()), "Which files.", is_required=True),
        Field("fallthrough", Flag(), "Whether later rules for this kind still hold.", default="false"),
    )
)

_TRIGGERS = Table(
    (
        Field("crons", ListOf(Text()), "Cron expressions, in UTC."),
        Field("events", Anything(), "Event triggers.", use="unused"),
    )
)

_LOCAL_DOCKER = Table(
    (
        Field("socketPath", Text(), "The engine's socket.", is_required=True),
        Field(
            "containerEgressInterceptorImage", Text(), "Not needed here: there is no sidecar.", use="harmless"
        ),
    )
)

_DEV = Table(
    (
        Field(
            "container_engine",
            OneOf(
                (Text(), Table((Field("localDocker", _LOCAL_DOCKER, "A Docker Engine.", is_required=True),)))
            ),
            "The container engine's socket, such as `unix:///var/run/docker.sock`.",
            default="found automatically",
        ),
        Field("enable_containers", Flag(), "Whether `wrangler dev` starts containers.", use="harmless"),
        Field(
            "ip",
            Text(),
            "Address that the Worker listens on, on the local platform. With `0.0.0.0`, `::` or `*` other"
            " machines reach it.",
            default="`localhost`",
        ),
        Field(
            "port",
            Number(0, 65535),
            "Port that the Worker listens on, on the local platform. 0 is any free one.",
            default="the first free one from `PYWRANGLER_WORKER_PORT`, or 8787, on",
        ),
        Field("inspector_port", Number(0, 65535), "Port of its inspector.", use="harmless"),
        Field("inspector_ip", Text(), "Address of its inspector.", use="harmless"),
        Field("local_protocol", Text(choices=("http", "https")), "Its protocol.", use="harmless"),
        Field("upstream_protocol", Text(choices=("http", "https")), "Its upstream protocol.", use="harmless"),
        Field("host", Text(), "Its upstream host.", use="harmless"),
        Field("generate_types", Flag(), "Whether it generates types.", use="harmless"),
    )
)

_BUILD = Table(
    (
        Field("command", Text(), "A command line for the shell."),
        Field(
            "cwd",
            Text(),
            "The directory that it runs in, relative to the one that pywrangler runs in.",
            default="that directory",
        ),
        Field(
            "watch_dir",
            OneOf((Text(), ListOf(Text()))),
            "Directories `wrangler dev` watches.",
            use="harmless",
        ),
    )
)

USED_FIELDS = (
    Field(
        "name",
        WORKER_NAME,
        "The Worker's name. A named environment without a name of its own gets `<name>-<environment>`.",
        is_required=True,
        scope="inherited",
    ),
    Field(
        "main",
        Text(),
        "The Worker's entry file; not of one with `assets` only.",
        is_required=True,
        scope="inherited",
    ),
    Field(
        "compatibility_date",
        DATE,
        "The runtime's behaviour as of this date.",
        is_required=True,
        scope="inherited",
    ),
    Field(
        "compatibility_flags",
        ListOf(Text()),
        "Single changes of the runtime.",
        default="[]",
        scope="inherited",
    ),
    Field("account_id", Text(), "The Cloudflare account to deploy to.", scope="inherited"),
    Field("containers", ListOf(CONTAINER), "The Worker's container applications.", scope="environment"),
    Field(
        "durable_objects",
        Table(
            (
                Field("bindings", ListOf(_DURABLE_OBJECT_BINDING), "The bindings."),
                Field("code_update_strategy", _CODE_UPDATE, "How objects get new code.", use="cloudflare"),
            )
        ),
        "Durable Objects the Worker can reach.",
        scope="environment",
    ),
    Field(
        "migrations",
        ListOf(_MIGRATION),
        "The history of the Worker's Durable Object classes, oldest first. Entries are added, never changed.",
        scope="inherited",
    ),
    Field("exports", MapOf(EXPORT), "The Worker's classes, instead of `migrations`.", scope="inherited"),
    Field("vars", MapOf(Anything()), "Variables in `env`: strings, or any JSON.", scope="environment"),
    Field("kv_namespaces", ListOf(_KV_NAMESPACE), "KV namespaces in `env`.", scope="environment"),
    Field(
        "secrets_store_secrets",
        ListOf(_SECRETS_STORE_SECRET),
        "Secrets Store secrets in `env`.",
        scope="environment",
    ),
    Field("services", ListOf(_SERVICE), "Other Workers in `env`.", scope="environment"),
    Field("assets", ASSETS, "Static files that are served with the Worker.", scope="inherited"),
    Field("triggers", _TRIGGERS, "What runs the Worker in addition to requests.", scope="inherited"),
    Field(
        "build",
        _BUILD,
        "A command that a deploy runs before it bundles the Worker; it may create `main`.",
        scope="inherited",
    ),
    Field("rules", ListOf(_RULE), "Which imported files are which type of module.", scope="inherited"),
    Field(
        "find_additional_modules",
        Flag(),
        "Whether files that `rules` name are uploaded with the bundle, imported or not.",
        default="`no_bundle`",
        scope="inherited",
    ),
    Field(
        "base_dir",
        Text(),
        "The directory of these files. Their names are relative to it.",
        default="the directory of `main`",
        scope="inherited",
    ),
    Field("no_bundle", Flag(), "Whether files are uploaded as they are.", default="false", scope="inherited"),
    Field("minify", Flag(), "Whether the bundle is minified.", default="false", scope="inherited"),
    Field("keep_names", Flag(), "Whether functions keep their names.", default="true", scope="inherited"),
    Field("tsconfig", Text(), "The `tsconfig.json` for the bundle.", scope="inherited"),
    Field("jsx_factory", Text(), "The function that creates JSX elements.", scope="inherited"),
    Field("jsx_fragment", Text(), "The component that creates JSX fragments.", scope="inherited"),
    Field("define", MapOf(Text()), "Constants replaced in the code.", scope="environment"),
    Field("alias", MapOf(Text()), "Modules replaced by others.", scope="top-level"),
    Field(
        "workers_dev",
        Flag(),
        "Whether the Worker is reachable on workers.dev.",
        default="true",
        scope="inherited",
    ),
    Field("observability", OBSERVABILITY, "Logs and traces.", scope="inherited"),
    Field("keep_vars", Flag(), "Whether variables set elsewhere survive a deploy.", default="false"),
    Field("dev", _DEV, "Settings of local development."),
)
"""Read and acted on."""
