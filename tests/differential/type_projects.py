"""Projects whose types both programs write: every kind of binding, and what changes how it is written."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ID = "0123456789abcdef0123456789abcdef"
CODE = """\
import { DurableObject, WorkflowEntrypoint, WorkerEntrypoint } from "cloudflare:workers";
export class Room extends DurableObject {}
export class Flow extends WorkflowEntrypoint { async run() {} }
export class Api extends WorkerEntrypoint {}
export default { async fetch() { return new Response(""); } };
"""
SERVICE_WORKER = 'addEventListener("fetch", (event) => event.respondWith(new Response("")));\n'

BINDINGS: dict[str, Any] = {
    "kv_namespaces": [{"binding": "KV", "id": ID}, {"binding": "KV2", "id": ID}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
    "d1_databases": [{"binding": "DB", "database_name": "d", "database_id": ID}],
    "vectorize": [{"binding": "INDEX", "index_name": "index"}],
    "hyperdrive": [{"binding": "PG", "id": ID}],
    "send_email": [{"name": "MAIL"}],
    "analytics_engine_datasets": [{"binding": "STATS", "dataset": "stats"}],
    "dispatch_namespaces": [{"binding": "DISPATCH", "namespace": "n"}],
    "mtls_certificates": [{"binding": "CERT", "certificate_id": ID}],
    "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
    "secrets_store_secrets": [{"binding": "PEPPER", "store_id": ID, "secret_name": "pepper"}],
    "ratelimits": [{"name": "LIMITER", "namespace_id": "1001", "simple": {"limit": 10, "period": 60}}],
    "worker_loaders": [{"binding": "LOADER"}],
    "vpc_services": [{"binding": "VPC", "service_id": ID}],
    "ai_search": [{"binding": "SEARCH", "instance_name": "one"}],
    "ai_search_namespaces": [{"binding": "SEARCHES", "namespace": "all"}],
    "browser": {"binding": "BROWSER"},
    "ai": {"binding": "AI"},
    "images": {"binding": "IMAGES"},
    "media": {"binding": "MEDIA"},
    "stream": {"binding": "STREAM"},
    "version_metadata": {"binding": "VERSION"},
    "assets": {"directory": "./public", "binding": "ASSETS"},
    "pipelines": [{"binding": "PIPE", "pipeline": ID}, {"binding": "PIPED", "stream": ID}],
    "durable_objects": {
        "bindings": [
            {"name": "ROOM", "class_name": "Room"},
            {"name": "GONE", "class_name": "Gone"},
            {"name": "FAR", "class_name": "Far", "script_name": "elsewhere"},
        ]
    },
    "services": [
        {"binding": "OTHER", "service": "elsewhere"},
        {"binding": "ENTRY", "service": "elsewhere", "entrypoint": "Admin"},
        {"binding": "SELF", "service": "one"},
        {"binding": "OWN", "service": "one", "entrypoint": "Api"},
    ],
    "workflows": [
        {"binding": "FLOW", "name": "flow", "class_name": "Flow"},
        {"binding": "FAR_FLOW", "name": "far", "class_name": "FarFlow", "script_name": "elsewhere"},
    ],
    "unsafe": {
        "bindings": [
            {
                "name": "UNSAFE_LIMIT",
                "type": "ratelimit",
                "namespace_id": "1",
                "simple": {"limit": 1, "period": 10},
            },
            {"name": "UNSAFE_SERVICE", "type": "service", "service": "x"},
            {"name": "UNSAFE", "type": "something"},
        ]
    },
    "vars": {
        "TEXT": 'say "hi"\n\u00e9',
        "NUMBER": 7,
        "FRACTION": 0.1,
        "LARGE": 1e21,
        "SMALL": 1.5e-7,
        "NEGATIVE": -2.0,
        "ON": True,
        "NOTHING": None,
        "DEEP": {"b": [1, "two", None, {"10": 1, "9": 2}], "a": {}},
        "LIST": [1, 2],
        "MIXED": [1, "a", {}],
        "EMPTY": [],
        "with-dash": "x",
        "$dollar": "y",
    },
}
ROOMS = {"migrations": [{"tag": "v1", "new_sqlite_classes": ["Room"]}]}
RULES: tuple[list[dict[str, Any]], ...] = (
    [{"type": "Text", "globs": ["**/*.md"]}],
    [{"type": "Text", "globs": ["**/*.md"], "fallthrough": True}],
    [{"type": "Data", "globs": ["data/*.bin", "**/*.dat"], "fallthrough": True}],
    [{"type": "Text", "globs": ["a/**/b/*.sql", "exact.txt", "LICENSE"], "fallthrough": True}],
    [
        {"type": "Data", "globs": ["assets/**/*.html"], "fallthrough": True},
        {"type": "Text", "globs": ["*.html", "one.html"], "fallthrough": True},
    ],
    [{"type": "ESModule", "globs": ["**/*.mjs"]}, {"type": "CompiledWasm", "globs": ["lib/*.wasm"]}],
)


@dataclass(frozen=True)
class TypeProject:
    """A configuration, files beside it, and the options of `types`."""

    name: str
    configuration: Mapping[str, Any] | str
    arguments: Sequence[str] = ("--include-runtime=false",)
    files: Mapping[str, str] = field(default_factory=dict)
    code: str = CODE
    output: str = "worker-configuration.d.ts"

    def write(self, directory: Path) -> None:
        """Write the project's files."""
        is_text = isinstance(self.configuration, str)
        written = self.configuration if is_text else json.dumps(self.configuration, indent=2)
        name = "wrangler.toml" if is_text else "wrangler.jsonc"
        own = {name: str(written), "src/index.ts": self.code, "public/index.html": "<p>", **self.files}
        for path, text in own.items():
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


def _configuration(**fields: Any) -> dict[str, Any]:
    return {"name": "one", "main": "src/index.ts", "compatibility_date": "2026-11-01", **fields}


ALL = _configuration(**BINDINGS, **ROOMS)
ENVIRONMENTS = _configuration(
    **BINDINGS,
    **ROOMS,
    rules=RULES[0],
    env={
        "staging": {
            **{name: BINDINGS[name] for name in ("ai_search", "assets", "durable_objects", "pipelines")}
        },
        "pre-production": {
            "vars": {"NUMBER": 8, "EXTRA": "e", "TEXT": 'say "hi"\n\u00e9'},
            "rules": RULES[4],
        },
        "empty": {},
        "bare": {
            "assets": {"directory": "./public"},
            "unsafe": BINDINGS["unsafe"],
            "services": BINDINGS["services"],
        },
    },
)
OTHER = json.dumps(
    {
        "name": "elsewhere",
        "main": "main.js",
        "compatibility_date": "2026-11-01",
        "env": {"staging": {}},
    }
)
OTHER_CODE = "export class Far {}; export class FarFlow {}; export class Admin {}; export default {};\n"
OTHERS = {"other/wrangler.json": OTHER, "other/main.js": OTHER_CODE}
SECRETS = {
    ".dev.vars": "API_KEY=abc\nTEXT=hidden\n",
    ".dev.vars.staging": "STAGED=1\n",
    ".env": "FROM_ENV=1\n",
}
NO_RUNTIME = "--include-runtime=false"

PROJECTS: tuple[TypeProject, ...] = (
    TypeProject("nothing", _configuration()),
    TypeProject("all", ALL),
    TypeProject("all-runtime", ALL, ()),
    TypeProject("runtime-flags", _configuration(compatibility_flags=["nodejs_compat", "experimental"]), ()),
    TypeProject(
        "runtime-old", _configuration() | {"compatibility_date": "2023-01-01"}, ("--include-env=false",)
    ),
    TypeProject("loose", ALL, (NO_RUNTIME, "--strict-vars=false")),
    TypeProject("loose-word", ALL, (NO_RUNTIME, "--no-strict-vars")),
    TypeProject("interface", ALL, (NO_RUNTIME, "--env-interface", "CloudflareEnv")),
    TypeProject("no-main", ALL, (NO_RUNTIME, "--include-main-module=false")),
    TypeProject(
        "elsewhere", ALL, (NO_RUNTIME, "types/env.d.ts"), {"types/.keep": ""}, output="types/env.d.ts"
    ),
    TypeProject("inside", ALL, (NO_RUNTIME, "src/env.d.ts"), output="src/env.d.ts"),
    TypeProject("environments", ENVIRONMENTS),
    TypeProject("environments-loose", ENVIRONMENTS, (NO_RUNTIME, "--strict-vars=false")),
    TypeProject("environment", ENVIRONMENTS, (NO_RUNTIME, "--env", "staging"), SECRETS),
    TypeProject("environment-2", ENVIRONMENTS, (NO_RUNTIME, "-e", "pre-production"), SECRETS),
    TypeProject("environments-secrets", ENVIRONMENTS, files=SECRETS),
    TypeProject("dot-env", ALL, files={".env": "A=1\nB=${A}\n", ".env.local": "C=1\n"}),
    TypeProject("env-file", ALL, (NO_RUNTIME, "--env-file", "x.env"), {"x.env": "ONLY=1\n", **SECRETS}),
    TypeProject(
        "required", _configuration(vars={"A": "1"}, secrets={"required": ["B", "KEY"]}), files=SECRETS
    ),
    TypeProject(
        "required-environments",
        _configuration(
            secrets={"required": ["KEY"]}, env={"a": {"secrets": {"required": ["OTHER_KEY"]}}, "b": {}}
        ),
        files=SECRETS,
    ),
    TypeProject("others", ALL, (NO_RUNTIME, "-c", "wrangler.jsonc", "-c", "other/wrangler.json"), OTHERS),
    TypeProject(
        "others-environments",
        ENVIRONMENTS,
        (NO_RUNTIME, "-c", "wrangler.jsonc", "--config", "other/wrangler.json"),
        OTHERS,
    ),
    TypeProject("broken-code", ALL, code="export default {"),
    TypeProject(
        "no-code", {"name": "one", "compatibility_date": "2026-11-01", "assets": {"directory": "./public"}}
    ),
    TypeProject(
        "service-worker",
        _configuration(
            vars={"A": "1"}, kv_namespaces=BINDINGS["kv_namespaces"], pipelines=BINDINGS["pipelines"]
        ),
        code=SERVICE_WORKER,
    ),
    TypeProject(
        "service-worker-environments",
        _configuration(vars={"A": "1"}, env={"b": {"vars": {"A": "2"}}}),
        code=SERVICE_WORKER,
    ),
    TypeProject("named-exports", _configuration(), code="export class Room {}\n"),
    TypeProject("no-node", _configuration(vars={"A": "1"}, compatibility_flags=["no_nodejs_compat"])),
    TypeProject(
        "not-populated",
        _configuration(vars={"A": "1"}, compatibility_flags=["nodejs_compat_do_not_populate_process_env"]),
    ),
    TypeProject(
        "populated",
        _configuration(
            vars={"A": "1"}, compatibility_flags=["nodejs_compat", "nodejs_compat_populate_process_env"]
        )
        | {"compatibility_date": "2024-01-01"},
    ),
    TypeProject(
        "migrations",
        _configuration(
            migrations=[
                {"tag": "v1", "new_classes": ["A", "B"]},
                {"tag": "v2", "renamed_classes": [{"from": "A", "to": "Room"}]},
                {"tag": "v3", "deleted_classes": ["B"], "new_sqlite_classes": ["C"]},
            ]
        ),
    ),
    TypeProject(
        "exports",
        _configuration(
            exports={
                "Room": {"type": "durable-object", "storage": "sqlite"},
                "Old": {"type": "durable-object", "state": "deleted"},
            }
        ),
    ),
    TypeProject(
        "toml",
        'name = "one"\nmain = "src/index.ts"\ncompatibility_date = "2026-11-01"\n'
        '[vars]\nA = "x"\nN = 1.0\n[[kv_namespaces]]\nbinding = "KV"\nid = "a"\n',
    ),
    *(TypeProject(f"rules-{number}", _configuration(rules=rules)) for number, rules in enumerate(RULES)),
    *(
        TypeProject(f"rules-{number}-found", _configuration(rules=rules, find_additional_modules=True))
        for number, rules in enumerate(RULES)
    ),
)


def random_project(seed: int) -> TypeProject:
    """Some bindings at the top level and in environments, some rules and some options."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    fields = (
        _some(chance)
        | {"migrations": ROOMS["migrations"]}
        | ({"rules": _rules(chance)} if chance.random() < 0.6 else {})
    )
    names = chance.sample(["staging", "production", "pre-prod", "x_y", "a1"], chance.choice((0, 0, 1, 2, 3)))
    environments = {name: _some(chance) for name in names}
    for environment in environments.values():
        if chance.random() < 0.3:
            environment |= {"rules": _rules(chance)}
    arguments = [NO_RUNTIME]
    if names and chance.random() < 0.4:
        arguments += ["--env", chance.choice(names)]
    if chance.random() < 0.3:
        arguments.append("--strict-vars=false")
    if chance.random() < 0.2:
        arguments.append("--env-interface=Mine")
    files = dict(OTHERS) | (SECRETS if chance.random() < 0.4 else {})
    if chance.random() < 0.3:
        arguments += ["-c", "wrangler.jsonc", "-c", "other/wrangler.json"]
    configuration = _configuration(**fields, **({"env": environments} if names else {}))
    return TypeProject(f"random-{seed}", configuration, tuple(arguments), files)


GLOBS = ("**/*.{}", "*.{}", "a/*.{}", "a/**/*.{}", "a/**/b/*.{}", "one.{}", "a/*/c.{}", "**/x.{}")


def _some(chance: random.Random) -> dict[str, Any]:
    names = chance.sample(sorted(BINDINGS), chance.randrange(0, 9))
    return {name: BINDINGS[name] for name in names}


def _rules(chance: random.Random) -> list[dict[str, Any]]:
    suffixes = ("txt", "html", "bin", "dat", "wasm", "md")
    rules = []
    for _ in range(chance.randrange(1, 4)):
        globs = []
        for _ in range(chance.randrange(1, 3)):
            suffix = chance.choice(suffixes)
            globs.append(chance.choice(GLOBS).format(suffix))
        rule: dict[str, Any] = {"type": chance.choice(("Text", "Data", "CompiledWasm")), "globs": globs}
        if chance.random() < 0.6:
            rule["fallthrough"] = chance.random() < 0.8
        rules.append(rule)
    return rules
