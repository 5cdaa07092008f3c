"""Code that cannot do what it was written for: each mistake in right and in wrong code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.deploy.code import constructors, request_bodies, rules
from pywrangler.deploy.code.mistakes import find_mistakes, mistakes_of_file
from tests.unit.deploy.samples import a_configuration

EVERY: list[Any] = [
    rules.start_options_env,
    constructors.constructor_calls,
    request_bodies.request_used_twice,
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
    # start options
    (IMPORT + "const o={env:{A:1}}; x.startAndWaitForPorts({startOptions:o})", ["start-options-env"]),
    (
        IMPORT + "const startOptions={env:{A:1}}; x.startAndWaitForPorts({startOptions, ports:80})",
        ["start-options-env"],
    ),
    (IMPORT + "x.startAndWaitForPorts({startOptions:({'env':{A:1}})})", ["start-options-env"]),
    (IMPORT + "const all={startOptions:{env:1}}; x.startAndWaitForPorts(all)", ["start-options-env"]),
    (a_class("start(o){ return super.start({env:o}) }"), []),
    (a_class("go(o){ return super.start({env:o}) }"), ["start-options-env"]),
    (a_class("start(o){ super.start({envVars:o.env}) } go(){ this.start({env:{}}) }"), []),
    (
        'import {getContainer} from "@cloudflare/containers"; await getContainer(e.A).start({env:{}})',
        ["start-options-env"],
    ),
    (
        'import {getRandom} from "@cloudflare/containers"; const c=await getRandom(e.A,3); c.start({env:{}})',
        ["start-options-env"],
    ),
    ('import {getContainer} from "./own"; getContainer(e.A).start({env:{}})', []),
    ("const server=make(); server.start({env:process.env})", []),
    (IMPORT + "let o={}; x.startAndWaitForPorts({startOptions:{...o, env:2}})", ["start-options-env"]),
    (IMPORT + "function f(o){ x.startAndWaitForPorts({startOptions:o}) } f({env:1})", []),
    # constructors
    (a_constructor("const c=ctx.container; c.start()"), ["start-in-constructor"]),
    (a_constructor("const {container:c}=ctx; c?.monitor()"), ["monitor-before-start"]),
    (a_constructor("this.box=ctx.container; this.box.start()"), ["start-in-constructor"]),
    ("class A { constructor(state){ this.s=state; this.s.container.start() } }", ["start-in-constructor"]),
    ("class A { constructor(container){ container.start() } }", []),
    ("class A { constructor(){ this.container=new Docker(); this.container.start() } }", []),
    (a_constructor("try { ctx.container.start() } catch {}"), []),
    (a_constructor("try { ctx.container.start() } finally { x() }"), ["start-in-constructor"]),
    (
        a_constructor(
            "ctx.blockConcurrencyWhile(async()=>{ await ctx.container.destroy(); ctx.container.start() })"
        ),
        [],
    ),
    (a_constructor("ctx.container.monitor().then(a).catch(b)"), ["monitor-before-start"]),
    (a_constructor("this.ctx.container?.start(); this.ctx.container?.monitor()"), ["start-in-constructor"]),
    (a_constructor("(async()=>{ ctx.container.start() })()"), ["start-in-constructor"]),
    (a_constructor("ctx.container?.running || ctx.container.start()"), []),
    (a_class("constructor(c,e){ super(c,e); this.container.start() }"), ["start-in-constructor"]),
    (a_constructor("setTimeout(()=>ctx.container.start(), 5)"), []),
    (a_constructor("this.ctx.container.start!()"), []),
    # requests
    (
        a_handler("const {a}=await request.json<Body>(); return env.A.fetch(request as Request)"),
        [],
    ),
    (
        "app.post('/', async (c) => { await c.req.json(); return getContainer(e.A).fetch(c.req.raw) })",
        ["request-used-twice"],
    ),
    (
        "app.all('*', async (c) => { await c.req.parseBody(); return f.fetch(c.req.raw.clone()) })",
        ["request-used-twice"],
    ),
    ("app.all('*', async (c) => { const q=c.req.query('a'); return f.fetch(c.req.raw) })", []),
    ("app.all('*', async (c) => { const b=await c.req.raw.clone().json(); return f.fetch(c.req.raw) })", []),
    (a_handler("await request.json(); return fetch(u, request)"), ["request-used-twice"]),
    (
        a_handler("await request.json(); return env.A.fetch(u, {method:'POST', body:request.body})"),
        ["request-used-twice"],
    ),
    (a_handler("await request.json(); return env.A.fetch(request, {headers:{}})"), ["request-used-twice"]),
    (a_handler("await request.json(); return env.A.fetch(request, {...rest})"), []),
    (
        a_handler("await request.json(); return env.A.fetch(new Request(request, {headers:{}}))"),
        ["request-used-twice"],
    ),
    (a_handler("await request.json(); return env.A.fetch(switchPort(request, 80))"), ["request-used-twice"]),
    (a_handler("await request.json(); return env.A.containerFetch(request, 80)"), ["request-used-twice"]),
    (a_handler("await request.json(); return env.A.fetch(request.clone())"), ["request-used-twice"]),
    (
        a_class("async fetch(request){ await request.text(); return super.fetch(request) }"),
        ["request-used-twice"],
    ),
    (a_handler("await request.json(); if(!request.bodyUsed) return env.A.fetch(request)"), []),
    (a_handler("const c=request.clone(); const b=await c.json(); return env.A.fetch(request)"), []),
    (a_handler("const c=request.clone(); const b=await request.json(); return env.A.fetch(c)"), []),
    (a_handler("try { return x(await request.json()) } catch { return env.A.fetch(request) }"), []),
    (
        a_handler(
            "try { check(); const b=await request.json(); return b } catch {} return env.A.fetch(request)"
        ),
        [],
    ),
    (a_handler("const b=post ? await request.json() : 1; return env.A.fetch(request)"), []),
    (a_handler("const r=await env.A.fetch(request); const b=await r.json(); return b"), []),
    (a_handler("const f=async()=>await request.json(); return env.A.fetch(request)"), []),
    (a_handler("await request.json(); return env.A.fetch(request.url, {headers:request.headers})"), []),
    # Buffer
    ("const {Buffer}=require('buffer/'); Buffer.from('a')", []),
    ("const {Buffer:B}=await import('buffer/'); B.from('a')", []),
    ("globalThis.Buffer ??= P; Buffer.from('a')", []),
    ("const s=Buffer.concat([a]).toString('base64')", ["buffer-without-node"]),
    ("class Buffer {} Buffer.from(1)", []),
    ("let a = b as unknown as Buffer", []),
    ("import Buffer from './b'; Buffer.from(1)", []),
    ("async function f(){ const h=Buffer.alloc(2) }", ["buffer-without-node"]),
    # autoscale
    (a_class("autoscale: boolean = true;"), ["autoscale"]),
    (a_class("override autoscale = true as const;"), ["autoscale"]),
    (a_class("'autoscale' = true"), ["autoscale"]),
    (a_class("static autoscale = true"), ["autoscale"]),
    (a_class("constructor(c,e){ super(c,e); this.autoscale = true }"), ["autoscale"]),
    (IMPORT + "const on=true; class A extends Container { autoscale = on }", ["autoscale"]),
    (IMPORT + "export default class extends Container<Env> { autoscale = true }", ["autoscale"]),
    (
        IMPORT
        + "const A = class extends Container { autoscale = true }; class B extends A { autoscale=true }",
        ["autoscale"] * 2,
    ),
    (
        'import * as cf from "@cloudflare/containers"; class A extends cf.Container { autoscale = true }',
        ["autoscale"],
    ),
    (
        'import {Sandbox as S} from "@cloudflare/sandbox"; class A extends S { autoscale = true }',
        ["autoscale"],
    ),
    (a_class("declare autoscale: boolean"), []),
    (a_class("autoscale = env.AUTOSCALE"), []),
    (IMPORT + "const pool = { autoscale: true }; class A extends Container {}", []),
    # static handlers
    (a_class("static async outbound(request) { return fetch(request) }"), ["static-handlers"]),
    (a_class("static get outbound() { return this.own }"), []),
    (a_class("async outbound(request) { return fetch(request) }"), []),
    (a_class("static { this.outbound = ()=>1 }"), []),
    (a_class("static 'outboundByHost' = {}"), ["static-handlers"]),
    (a_class("static outboundHandlers = { a(){} }; static outboundProxy = 1"), ["static-handlers"] * 2),
    (a_class("static outboundHosts = []"), []),
]


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_wrong_code_is_reported_and_right_code_is_not(code: str, expected: list[str]) -> None:
    name = "a.ts" if "!." in code else "a.js"
    assert [mistake.code for mistake in mistakes_of_file(Path(name), code.encode(), EVERY)] == expected


@pytest.mark.parametrize(
    ("settings", "is_defined"),
    [
        (None, True),
        ("{}", True),
        ('{"compilerOptions": {"target": "es2021"}}', False),
        ('{"compilerOptions": {"target": "ES2022"}} // two', True),
        ('{"compilerOptions": {"target": "esnext",}}', True),
        ('{"compilerOptions": {"useDefineForClassFields": false}}', False),
        ('{"compilerOptions": {"target": "es6", "useDefineForClassFields": true}}', True),
        ('{"extends": "./base.json"}', False),
        ('{"extends": "./base.json", "compilerOptions": {"useDefineForClassFields": true}}', True),
        ("{", False),
        ("[]", False),
    ],
)
def test_the_settings_of_typescript_decide_whether_a_static_field_is_defined(
    tmp_path: Path, settings: str | None, is_defined: bool
) -> None:
    file = tmp_path / "src/index.ts"
    file.parent.mkdir()
    if settings is not None:
        (tmp_path / "tsconfig.json").write_text(settings)
    code = a_class("static outbound = 1")
    found = mistakes_of_file(file, code.encode(), [rules.static_handlers])
    assert bool(found) == is_defined
    assert mistakes_of_file(file.with_suffix(".js"), code.encode(), [rules.static_handlers])


def test_the_place_is_that_of_the_mistake() -> None:
    code = a_class('  // \u00e4\n  go() { "\u00e4"; this.start({ env: {} }); }')
    (mistake,) = mistakes_of_file(Path("a.js"), code.encode(), EVERY)
    assert str(mistake.place) == "a.js:4:28"


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_a_file_with_a_mistake_is_always_parsed(tmp_path: Path, code: str, expected: list[str]) -> None:
    file = tmp_path / ("a.ts" if "!." in code else "a.js")
    file.write_text(code)
    found = find_mistakes(a_configuration(), [file])
    assert [mistake.code for mistake in found] == expected


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


def test_usual_code_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("pywrangler.deploy.code.syntax_tree.parse", fail)
    file = tmp_path / "index.ts"
    file.write_text(
        a_class("defaultPort = 8080; sleepAfter = '10m'; envVars = { A: '1' };")
        + a_handler(
            "const data = await response.json(); if (path.startsWith('/a')) return Response.json(data);"
            " return getContainer(env.A).fetch(request)"
        )
    )
    assert find_mistakes(a_configuration(), [file]) == []
