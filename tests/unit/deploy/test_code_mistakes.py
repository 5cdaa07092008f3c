"""Code that cannot do what it was written for: each mistake in right and in wrong code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.deploy.code import rules
from pywrangler.deploy.code.mistakes import find_mistakes, mistakes_of_file
from tests.unit.deploy.samples import a_configuration

EVERY: list[Any] = [
    rules.start_options_env,
    rules.constructor_calls,
    rules.request_used_twice,
    rules.autoscale,
    rules.static_handlers,
    rules.buffer,
]
IMPORT = 'import { Container } from "@cloudflare/containers";\n'


def a_class(body: str) -> str:
    return f"{IMPORT}class A extends Container {{\n{body}\n}}"


def a_constructor(body: str) -> str:
    return f"class A {{ constructor(ctx, env) {{ {body} }} }}"


def a_handler(body: str) -> str:
    return f"export default {{ async fetch(request, env) {{ {body} }} }}"


CASES = [
    (IMPORT + "x.startAndWaitForPorts({startOptions:{env:{A:1}}})", ["start-options-env"]),
    (IMPORT + "x.startAndWaitForPorts(80,{},{env:{A:1}})", ["start-options-env"]),
    (IMPORT + "x.startAndWaitForPorts({startOptions:{env}})", ["start-options-env"]),
    (IMPORT + "x.startAndWaitForPorts({startOptions:{envVars:{env:1}}})", []),
    (
        "// x.startAndWaitForPorts({startOptions:{env:{}}})\nconst s='x.start({env:1})';",
        [],
    ),
    ("const s=`startAndWaitForPorts({startOptions:{env:1}})`", []),
    ("this.ctx.container.start({env:{A:1}})", []),
    (a_class("go(){ this.start({env:{}}) }"), ["start-options-env"]),
    (a_class("go(){ this.start({envVars:{}}) }"), []),
    ("class Q { go(){ this.start({env:{}}) } }", []),
    (a_constructor("ctx.container.monitor()"), ["monitor-before-start"]),
    (a_constructor("this.ctx.container.monitor().then(()=>1)"), ["monitor-before-start"]),
    (
        a_constructor("ctx.blockConcurrencyWhile(async()=>{ ctx.container.monitor() })"),
        ["monitor-before-start"],
    ),
    (a_constructor("if(ctx.container.running) ctx.container.monitor()"), []),
    (a_constructor("if(!ctx.container.running) ctx.container.start(); ctx.container.monitor()"), []),
    (a_constructor("this.watch=()=>ctx.container.monitor()"), []),
    (a_constructor("this.ctx.container!.monitor()"), ["monitor-before-start"]),
    (a_constructor("// ctx.container.monitor()"), []),
    (a_constructor("ctx.container.start(); ctx.container.monitor()"), ["start-in-constructor"]),
    (a_constructor("ctx.container.start({env:{}})"), ["start-in-constructor"]),
    (a_constructor("const {container}=ctx; container.start()"), ["start-in-constructor"]),
    (a_constructor("const {running}=ctx.container; if(!running) ctx.container.start()"), []),
    ("class A { go(){ this.ctx.container.start() } }", []),
    (a_constructor("this.timer.start()"), []),
    (a_class("constructor(c,e){super(c,e); this.start()}"), []),
    (a_handler("const b=await request.json(); return env.A.get(1).fetch(request)"), ["request-used-twice"]),
    (a_handler("await request.text(); return fetch(request)"), ["request-used-twice"]),
    (
        a_handler("const b=await request.json(); return env.A.fetch(new Request(u, request))"),
        ["request-used-twice"],
    ),
    (
        a_handler("let b; try { b=await request.json() } catch {} return env.A.fetch(request)"),
        ["request-used-twice"],
    ),
    (a_handler("const b=await request.clone().json(); return env.A.fetch(request)"), []),
    (
        a_handler(
            "if(x){ const b=await request.json(); return new Response(b) } return env.A.fetch(request)"
        ),
        [],
    ),
    (a_handler("const b=await request.json(); return env.A.fetch(new Request(request,{body:b}))"), []),
    (a_handler("const b=await request.json(); return fetch(request,{body:b})"), []),
    (
        a_handler("switch(p){case 1: await request.json(); break; default: return env.A.fetch(request)}"),
        [],
    ),
    (
        a_handler(
            "const b=await request.json(); request=new Request(u,{body:b}); return env.A.fetch(request)"
        ),
        [],
    ),
    (a_handler("const r=env.A.fetch(request); return r"), []),
    (a_handler("const b=await request.json(); return env.A.fetch(request.url)"), []),
    ("Buffer.from('a')", ["buffer-without-node"]),
    ("import {Buffer} from 'node:buffer'; Buffer.from('a')", []),
    ("if(typeof Buffer!=='undefined') Buffer.from('a')", []),
    ("// Buffer.from\nconst a='Buffer.from'", []),
    ("function f(Buffer){return Buffer.from(1)}", []),
    ("new Buffer(1)", ["buffer-without-node"]),
    ("x.Buffer.from(1)", []),
    (a_class("autoscale = true;"), ["autoscale"]),
    (a_class("autoscale = false;"), []),
    ("class Q { autoscale = true }", []),
    (a_class("// autoscale = true"), []),
    (a_class("static outboundByHost = {a(){}}"), ["static-handlers"]),
    (a_class("static outbound = ()=>1"), ["static-handlers"]),
    (a_class("outbound = 1"), []),
    (IMPORT + "class A extends Container {}\nA.outbound=()=>1", []),
    ("class Q { static outbound = 1 }", []),
    (
        'import {Container as B} from "@cloudflare/containers"; class A extends B { static outbound = 1 }',
        ["static-handlers"],
    ),
    (
        'import {Container} from "other"; class A extends Container { static outbound = 1; autoscale=true }',
        [],
    ),
]


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_wrong_code_is_told_and_right_code_is_not(code: str, expected: list[str]) -> None:
    name = "a.ts" if "!." in code else "a.js"
    assert [mistake.code for mistake in mistakes_of_file(Path(name), code.encode(), EVERY)] == expected


def test_the_place_is_that_of_the_mistake() -> None:
    code = a_class('  // \u00e4\n  go() { "\u00e4"; this.start({ env: {} }); }')
    (mistake,) = mistakes_of_file(Path("a.js"), code.encode(), EVERY)
    assert str(mistake.place) == "a.js:4:28"


def test_packages_and_made_files_are_not_looked_into(tmp_path: Path) -> None:
    code = a_class("autoscale = true")
    package = tmp_path / "node_modules" / "p" / "index.js"
    package.parent.mkdir(parents=True)
    for file, text in (
        (package, code),
        (tmp_path / "made.js", code + "//" + "x" * 3000),
        (tmp_path / "own.js", code),
    ):
        file.write_text(text)
    inputs = [package, tmp_path / "made.js", tmp_path / "own.js", tmp_path / "gone.js"]
    found = find_mistakes(a_configuration(), inputs)
    assert [mistake.place and mistake.place.file.name for mistake in found] == ["own.js"]
