"""Declarations as text, by value. `tests.differential.types` compares many more with Wrangler's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.config.records import ModuleRule
from pywrangler.declarations.environment import declare, interface_name
from pywrangler.declarations.header import (
    TypesCommand,
    environment_header,
    hash_of,
    is_generated,
    read_header,
    runtime_header,
    runtime_part,
)
from pywrangler.declarations.modules import declare_modules
from pywrangler.declarations.reading import durable_classes
from pywrangler.declarations.records import Declared, RuleSet, Settings, WorkerEntry
from pywrangler.declarations.runtime import runtime_path
from pywrangler.errors import UsageError

ENTRY = WorkerEntry("one", Path("/p/src/index.ts"), frozenset({"default", "Box"}))
SETTINGS = Settings(output=Path("/p/worker-configuration.d.ts"), entry=ENTRY)
BOXES = {"durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]}}
NO_MODULES = RuleSet((ModuleRule("Text", ()), ModuleRule("Data", ()), ModuleRule("CompiledWasm", ())))


def declared(top: dict[str, Any], environments: dict[str, Any] | None = None, **fields: Any) -> Declared:
    given: dict[str, Any] = {
        "rule_sets": [NO_MODULES],
        "classes": ["Box"],
        "compatibility_date": "2024-01-01",
        "compatibility_flags": (),
        **fields,
    }
    return Declared(top=top, environments=environments or {}, **given)


def test_a_single_environment() -> None:
    table = {**BOXES, "vars": {"MODE": "dev", "KEY": "x"}, "kv_namespaces": [{"binding": "KV", "id": "a"}]}
    assert declare(declared(table, local_secrets=("KEY",)), SETTINGS).splitlines() == [
        "interface __BaseEnv_Env {",
        "\tKV: KVNamespace;",
        '\tMODE: "dev";',
        "\tKEY: string;",
        '\tBOX: DurableObjectNamespace<import("./src/index").Box>;',
        "}",
        "declare namespace Cloudflare {",
        "\tinterface GlobalProps {",
        '\t\tmainModule: typeof import("./src/index");',
        '\t\tdurableNamespaces: "Box";',
        "\t}",
        "\tinterface Env extends __BaseEnv_Env {}",
        "}",
        "interface Env extends __BaseEnv_Env {}",
    ]


def test_environments_together_and_one_by_one() -> None:
    top = {"vars": {"MODE": "dev", "ONLY": 1}}
    environments = {"staging": {"vars": {"MODE": "staging"}}, "empty": {}}
    text = declare(declared(top, environments), SETTINGS)
    assert '\tMODE?: "staging" | "dev";\n\tONLY?: 1;\n' in text
    assert '\tinterface StagingEnv {\n\t\tMODE: "staging";\n\t}\n\tinterface EmptyEnv {}\n' in text


def test_process_env_has_the_texts_where_the_runtime_fills_it() -> None:
    table = {"vars": {"A": 1}}
    texts = declare(declared(table, local_secrets=("B",), compatibility_date="2026-11-01"), SETTINGS)
    assert 'Pick<Cloudflare.Env, "A" | "B">' in texts
    assert "ProcessEnv" not in declare(declared(table), SETTINGS)


def test_a_service_worker_has_globals() -> None:
    settings = Settings(
        output=SETTINGS.output, entry=WorkerEntry("one", ENTRY.file, frozenset(), is_module=False)
    )
    table = {"vars": {"A": "1"}}
    assert declare(declared(table), settings) == 'declare const A: "1";'
    named = Settings("Mine", SETTINGS.output, entry=settings.entry)
    with pytest.raises(UsageError, match="service worker"):
        declare(declared(table), named)


def test_names_of_interfaces_that_collide_are_refused() -> None:
    assert [interface_name(name) for name in ("pre-prod", "x_Y", "testEnv")] == [
        "PreProdEnv",
        "XYEnv",
        "TestenvEnv",
    ]
    with pytest.raises(UsageError, match="`PreProdEnv`, as of"):
        declare(declared({}, {"pre-prod": {}, "pre_prod": {}}), SETTINGS)
    with pytest.raises(UsageError, match="`Env`"):
        declare(declared({}, {"Env": {}, "": {}}), SETTINGS)


def test_flags_that_contradict_each_other_are_refused() -> None:
    flags = ("nodejs_compat_populate_process_env", "nodejs_compat_do_not_populate_process_env")
    with pytest.raises(UsageError, match="has both"):
        declare(declared({}, compatibility_flags=flags), SETTINGS)


def test_modules_have_the_types_of_the_first_rule_that_covers_them() -> None:
    rules = (ModuleRule("Data", ("a/*.txt",), fallthrough=True), ModuleRule("Text", ("**/*.txt",)))
    assert declare_modules([RuleSet((*rules, *NO_MODULES.rules))]) == [
        'declare module "a/*.txt" {\n\tconst value: ArrayBuffer;\n\texport default value;\n}',
        'declare module "*.txt" {\n\tconst value: ArrayBuffer | string;\n\texport default value;\n}',
    ]


def test_classes_after_all_migrations() -> None:
    migrations: list[dict[str, Any]] = [
        {"new_classes": ["A", "B"]},
        {
            "renamed_classes": [{"from": "A", "to": "C"}],
            "deleted_classes": ["B"],
            "new_sqlite_classes": ["D"],
        },
    ]
    exports: dict[str, dict[str, Any]] = {
        "E": {"type": "durable-object"},
        "F": {"type": "durable-object", "state": "deleted"},
        "G": {"type": "workflow"},
    }
    assert durable_classes(migrations, exports) == ["C", "D", "E"]


COMMANDS = (
    (TypesCommand(), "wrangler types"),
    (
        TypesCommand("src/x.d.ts", ("a.json",), "staging", (".env",), interface="Mine"),
        "wrangler types --config=a.json --env=staging --env-file=.env --env-interface=Mine src/x.d.ts",
    ),
    (
        TypesCommand(includes_runtime=False, includes_main=False, strict_vars=False),
        "wrangler types --include-runtime=false --include-main-module=false --strict-vars=false",
    ),
)


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_the_header_keeps_the_command(command: TypesCommand, words: str) -> None:
    line = environment_header(command, "text")
    assert line == f"// Generated by Wrangler by running `{words}` (hash: {hash_of('text')})"
    header = read_header(f"/* eslint-disable */\n{line}\n")
    assert header.command == command
    assert (header.hash, header.runtime) == (hash_of("text"), None)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (
            "wrangler types --strict-vars false -e staging",
            TypesCommand(strict_vars=False, environment="staging"),
        ),
        (
            "wrangler types ./a.d.ts --no-strict-vars -c x",
            TypesCommand("./a.d.ts", ("x",), strict_vars=False),
        ),
    ],
)
def test_headers_in_the_forms_that_people_type_are_read(words: str, command: TypesCommand) -> None:
    assert read_header(f"// Generated by Wrangler by running `{words}` (hash: abc)").command == command


def test_types_of_the_runtime_are_kept_while_their_header_is_right() -> None:
    line = runtime_header("1.20261117.1", "2026-11-01", ["b", "a"])
    assert line == "// Runtime types generated with workerd@1.20261117.1 2026-11-01 a,b"
    text = f"/* eslint-disable */\n{line}\n// Begin runtime types\nfirst\nsecond\n"
    assert runtime_part(text, line) == "first\nsecond\n"
    assert runtime_part(text, runtime_header("1.20261117.1", "2026-11-02", [])) is None
    assert is_generated(text)
    assert not is_generated("interface Env {}")


def test_the_runtime_is_asked_for_types_without_those_of_node() -> None:
    assert runtime_path("2026-01-01", ["nodejs_compat", "experimental"]) == "/2026-01-01+experimental"
    assert runtime_path("2026-11-01", []) == "/2026-11-01+no_nodejs_compat+no_nodejs_compat_v2"
