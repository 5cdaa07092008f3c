"""Bundling with the real esbuild, and running the result in the real workerd."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.config.records import ModuleRule
from pywrangler.deploy.bundle.bundler_errors import find_problems
from pywrangler.deploy.bundle.bundling import bundle
from pywrangler.errors import BuildError

from .workers import ask, project, toolchain

pytestmark = pytest.mark.workerd

# A module that exports the function `answer`, which returns 42.
WASM = bytes.fromhex("0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b")
HELLO = 'export default { fetch: () => new Response("hello") } satisfies object;\n'


def test_typescript_becomes_one_module_named_after_the_main_file(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.ts": 'import { greet } from "./greet";\nexport class Box {}\n'
        "export const helper = () => 1;\nexport default { fetch: () => new Response(greet()) };\n",
        "src/greet.ts": 'export const greet = (): string => "hello";\n',
    }
    configuration = project(tmp_path / "p", files)
    made = bundle(configuration, toolchain())
    assert made.main_module == "index.js"
    assert [(module.name, module.type) for module in made.modules] == [
        ("index.js", "application/javascript+module")
    ]
    assert made.exported_classes == {"Box", "helper"}
    assert made.inputs == (tmp_path / "p/src/greet.ts", tmp_path / "p/src/index.ts")
    assert ask(made, tmp_path / "w", configuration) == "hello"


def test_the_source_map_names_the_projects_files(tmp_path: Path) -> None:
    made = bundle(project(tmp_path, {"src/index.ts": HELLO}), toolchain())
    assert made.source_map is not None
    assert made.source_map.name == "index.js.map"
    assert json.loads(made.source_map.content)["sources"] == ["src/index.ts"]


def test_other_files_become_modules_of_their_own(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.ts": """
            import wasm from "./answer.wasm";
            import again from "./answer.wasm?module";
            import text from "./a.txt";
            import html from "../pages/a.html";
            import sql from "./a.sql";
            import data from "./a.bin";
            import packaged from "assets/deep/b.txt";
            const run = (module) => new WebAssembly.Instance(module).exports.answer();
            export default { async fetch() {
                const late = (await import("./late.txt")).default;
                return Response.json([run(wasm), run(again), text, html, sql, data.byteLength, packaged,
                late]);
            } };
        """,
        "src/answer.wasm": WASM,
        "src/a.txt": "text",
        "src/late.txt": "late",
        "pages/a.html": "<p>",
        "src/a.sql": "select 1",
        "src/a.bin": b"\x00\xff\x00",
        "node_modules/assets/package.json": '{"name": "assets", "exports": {"./deep/*": "./files/*"}}',
        "node_modules/assets/files/b.txt": "packaged",
    }
    configuration = project(tmp_path / "p", files)
    made = bundle(configuration, toolchain())
    assert json.loads(ask(made, tmp_path / "w", configuration)) == [
        *(42, 42, "text", "<p>", "select 1", 3, "packaged", "late")
    ]
    types = {module.name.partition("-")[2]: module.type for module in made.modules[1:]}
    assert types == {
        "answer.wasm": "application/wasm",
        "answer.wasm?module": "application/wasm",
        "a.txt": "text/plain",
        "late.txt": "text/plain",
        "a.html": "text/plain",
        "a.sql": "text/plain",
        "a.bin": "application/octet-stream",
        "b.txt": "text/plain",
    }


def test_rules_add_types_of_modules(tmp_path: Path) -> None:
    files = {
        "src/index.ts": 'import a from "./a.graphql"; import b from "./b.txt";'
        " export default { fetch: () => new Response(a + b) };",
        "src/a.graphql": "query ",
        "src/b.txt": "text",
    }
    rules = (ModuleRule("Text", ("**/*.graphql",), fallthrough=True),)
    configuration = project(tmp_path / "p", dict(files), rules=rules)
    made = bundle(configuration, toolchain())
    assert [module.type for module in made.modules[1:]] == ["text/plain", "text/plain"]
    assert ask(made, tmp_path / "w", configuration) == "query text"


NODE_WORKER = """
    import { Buffer } from "node:buffer";
    import path from "path";
    import { readFile } from "fs/promises";
    import { Emitter, join } from "legacy";
    import { env } from "cloudflare:workers";
    const require = (word) => word + "!";
    export default { fetch() {
        let heard = 0;
        const emitter = new Emitter();
        emitter.on("x", () => heard++);
        emitter.emit("x");
        const own = require("mine");
        return Response.json([Buffer.from("a").length, path.sep, typeof readFile, join("a", "b"), heard,
        own]);
    } };
"""
LEGACY = """
    const { EventEmitter } = require("events");
    const { join } = require("node:path");
    module.exports = { Emitter: class extends EventEmitter {}, join };
"""


@pytest.mark.parametrize("minify", [False, True])
@pytest.mark.parametrize(("date", "flags"), [("2026-07-01", ("nodejs_compat",)), ("2026-11-01", ())])
def test_nodes_modules_come_from_the_runtime(
    tmp_path: Path, date: str, flags: tuple[str, ...], minify: bool
) -> None:
    files: dict[str, str | bytes] = {
        "src/index.ts": NODE_WORKER,
        "node_modules/legacy/package.json": '{"name": "legacy", "main": "index.js"}',
        "node_modules/legacy/index.js": LEGACY,
    }
    configuration = project(
        tmp_path / "p", files, compatibility_date=date, compatibility_flags=flags, minify=minify
    )
    made = bundle(configuration, toolchain())
    answer = json.loads(ask(made, tmp_path / "w", configuration))
    assert answer == [1, "/", "function", "a/b", 1, "mine!"]


def test_define_and_alias_apply(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.ts": 'import word from "word"; export default { fetch: () => new Response('
        "[word, GREETING, process.env.NODE_ENV, navigator.userAgent].join(' ')) };",
        "src/other.ts": 'export default "aliased";',
    }
    configuration = project(
        tmp_path / "p", files, define={"GREETING": '"hello"'}, alias={"word": "./src/other.ts"}
    )
    made = bundle(configuration, toolchain())
    assert ask(made, tmp_path / "w", configuration) == "aliased hello production Cloudflare-Workers"


def test_no_bundle_takes_files_as_they_are(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": 'import { greet } from "./lib/greet.js"; import text from "./a.txt";'
        "export default { fetch: () => new Response(greet() + text) };",
        "src/lib/greet.js": 'export const greet = () => "hello ";',
        "src/a.txt": "text",
        "src/unrelated.png": b"",
    }
    rules = (ModuleRule("ESModule", ("**/*.js",)),)
    configuration = project(
        tmp_path / "p", files, main="src/index.js", no_bundle=True, find_additional_modules=True, rules=rules
    )
    made = bundle(configuration, toolchain())
    assert [module.name for module in made.modules] == ["index.js", "a.txt", "lib/greet.js"]
    assert made.modules[0].content == (tmp_path / "p/src/index.js").read_bytes()
    assert made.exported_classes is None
    assert ask(made, tmp_path / "w", configuration) == "hello text"


def test_additional_modules_are_found_by_their_rules(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.js": "export default { async fetch(request) {"
        " const name = `./x/${new URL(request.url).searchParams.get('name') ?? 'a'}.txt`.trim();"
        " return new Response((await import(name)).default); } };",
        "src/x/a.txt": "found",
        "other/b.txt": "elsewhere",
    }
    configuration = project(tmp_path / "p", files, main="src/index.js", find_additional_modules=True)
    made = bundle(configuration, toolchain())
    assert [module.name for module in made.modules] == ["index.js", "x/a.txt"]
    assert tmp_path / "p/src/x/a.txt" in made.inputs
    assert ask(made, tmp_path / "w", configuration) == "found"

    based = bundle(replace(configuration, base_dir=tmp_path / "p/other"), toolchain())
    assert [module.name for module in based.modules] == ["index.js", "b.txt"]
    with pytest.raises(BuildError, match="nowhere does not exist"):
        bundle(replace(configuration, base_dir=tmp_path / "nowhere"), toolchain())


def test_the_hash_follows_content_and_not_the_place(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"src/index.ts": 'import t from "./a.txt";' + HELLO, "src/a.txt": "1"}
    first = bundle(project(tmp_path / "a", files), toolchain())
    moved = bundle(project(tmp_path / "b", files), toolchain())
    changed = bundle(
        project(tmp_path / "c", {**files, "src/index.ts": HELLO.replace("hello", "HELLO")}), toolchain()
    )
    assert first.content_hash == moved.content_hash
    assert first.content_hash != changed.content_hash


def test_a_main_file_that_is_no_module_is_refused(tmp_path: Path) -> None:
    listens = 'addEventListener("fetch", event => event.respondWith(new Response("x")));'
    with pytest.raises(BuildError, match=r"index\.ts exports nothing"):
        bundle(project(tmp_path, {"src/index.ts": listens}), toolchain())


def test_a_syntax_error_has_its_place(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"src/index\.ts:2:11: Unexpected") as caught:
        bundle(project(tmp_path, {"src/index.ts": "const a = 1;\nconst b = );\n"}), toolchain())
    assert "const b = );" in (caught.value.detail or "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('import "./gone.js";\n', "src/index.ts:1:8"),
        ('const o = "größe"; import "./gone.js";\n', "src/index.ts:1:27"),
        ('/* 💥 */ import "./gone.js";\r\n', "src/index.ts:1:16"),
        ('\tconst s = "ä" + ;\n', "src/index.ts:1:18"),
        ('const e = "e\u0301", x = ;\n', "src/index.ts:1:21"),
        ("let a = 1;\nlet a = 2;\n", "src/index.ts:2:5"),
        ('import { gone } from "./other.ts";\nconsole.log(gone);\n', "src/index.ts:1:10"),
    ],
)
def test_check_and_deploy_name_the_same_place(tmp_path: Path, text: str, place: str) -> None:
    files = {"src/index.ts": text + HELLO, "src/other.ts": "export const here = 1;"}
    configuration = project(tmp_path, files)
    with pytest.raises(BuildError) as caught:
        bundle(configuration, toolchain())
    assert f": {place}: " in caught.value.message
    assert f"    {place}:\n" in (caught.value.detail or "")
    first, *_ = find_problems(configuration, caught.value)
    assert str(first.place) == f"{tmp_path / place}"
    assert first.place is not None
    assert first.place.source == text.split("\n")[int(place.split(":")[1]) - 1].rstrip("\r")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xef\xbb\xbfconst b = ;\n", "1:11"),
        (b"const a = 1;\rconst b = ;\r", "2:11"),
        (b"const a = 1; /* \xe2\x80\xa8 */ const b = ;\n", "2:15"),
        (b'const a = "\xfc\xfc"; let b = ;\n', "1:25"),
        (b"export default {\n", "2:1"),
    ],
)
def test_marks_odd_ends_of_lines_and_other_encodings_are_counted(
    tmp_path: Path, content: bytes, place: str
) -> None:
    configuration = project(tmp_path, {"src/index.ts": content})
    with pytest.raises(BuildError) as caught:
        bundle(configuration, toolchain())
    assert f": src/index.ts:{place}: " in caught.value.message
    assert str(find_problems(configuration, caught.value)[0].place) == f"{tmp_path}/src/index.ts:{place}"


def test_so_do_the_notes_and_warnings_of_esbuild(tmp_path: Path) -> None:
    text = "let é = 1; let é = 2;\n"
    with pytest.raises(BuildError) as caught:
        bundle(project(tmp_path / "a", {"src/index.ts": text + HELLO}), toolchain())
    assert "\n    src/index.ts:1:5:\n" in (caught.value.detail or "")
    text = 'if ("é" && globalThis.x === -0) {}\n'
    made = bundle(project(tmp_path / "b", {"src/index.ts": text + HELLO}), toolchain())
    assert "    src/index.ts:1:29:\n" in made.warnings


def test_a_package_that_is_not_installed_asks_for_npm_install(tmp_path: Path) -> None:
    configuration = project(tmp_path, {"src/index.ts": 'import "@scope/pkg/deep";\n' + HELLO})
    with pytest.raises(BuildError, match=r'src/index\.ts:1:8: Could not resolve "@scope/pkg/deep"') as caught:
        bundle(configuration, toolchain())
    assert caught.value.hint == f"The project's packages are not installed: run `npm install` in {tmp_path}."
    (tmp_path / "node_modules").mkdir()
    with pytest.raises(BuildError) as caught:
        bundle(configuration, toolchain())
    assert caught.value.hint == f"Install what is missing: `npm install @scope/pkg` in {tmp_path}."


def test_a_node_module_without_the_flag_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        bundle(project(tmp_path, {"src/index.ts": 'import "fs/promises";\n' + HELLO}), toolchain())
    assert caught.value.hint == (
        'fs is a module of Node.js: add "nodejs_compat" to compatibility_flags in wrangler.jsonc.'
    )


def test_a_missing_main_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"main file .*/src/index\.ts does not exist"):
        bundle(project(tmp_path, {}), toolchain())


def test_a_rule_that_cannot_be_followed_is_named(tmp_path: Path) -> None:
    rules = (ModuleRule("Text", ("templates/*",)),)
    with pytest.raises(BuildError, match=r"the glob templates/\*, which does not end in a suffix"):
        bundle(project(tmp_path, {"src/index.ts": HELLO}, rules=rules), toolchain())
