"""The declarations of an environment as text. Names, layout and order are Wrangler's (4.164), so that a file
of either program is up to date for the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pywrangler.declarations.bindings import import_path, merge, merged_members, single_members, variables
from pywrangler.declarations.javascript import in_order, member_name
from pywrangler.declarations.modules import declare_modules
from pywrangler.declarations.records import Declared, Member, Settings
from pywrangler.errors import UsageError

POPULATE = "nodejs_compat_populate_process_env"
DO_NOT_POPULATE = "nodejs_compat_do_not_populate_process_env"
NODE_BY_DEFAULT_FROM = "2026-08-04"
POPULATED_FROM = "2025-04-01"


def declare(declared: Declared, settings: Settings) -> str:
    """The declarations of the environment: the text whose hash the file's header has."""
    is_module = settings.entry is None or settings.entry.is_module
    if not is_module and settings.interface != "Env":
        raise UsageError(
            "--env-interface names an interface, but the Worker is written as a service worker: it has none.",
            hint="Write the Worker as a module: export default { async fetch(request, env) { ... } };",
        )
    if declared.environments:
        text = _merged(declared, settings, is_module=is_module)
    else:
        text = _single(declared, settings, is_module=is_module)
    return "\n".join(part for part in (text, *declare_modules(declared.rule_sets)) if part)


def interface_name(environment: str) -> str:
    """The name of a named environment's interface: `StagingEnv` of `staging`."""
    words = re.split("[-_]", environment)
    name = "".join(word[:1].upper() + word[1:].lower() for word in words)
    return name if name.endswith("Env") else f"{name}Env"


def _single(declared: Declared, settings: Settings, *, is_module: bool) -> str:
    secrets = declared.secrets.get("", declared.local_secrets)
    members = [*single_members(declared.top, secrets, settings), *declared.blobs]
    definitions = list(settings.definitions.values())
    if not is_module:
        return "\n".join([*definitions, *(f"declare const {_line(member)}" for member in members)])
    own_variables = variables(declared.top, secrets, strict=settings.strict_vars)
    texts = [*(member.name for member in own_variables), *secrets]
    return _module_text(
        settings, declared, [_line(member) for member in members], [], dict.fromkeys(definitions), texts
    )


def _merged(declared: Declared, settings: Settings, *, is_module: bool) -> str:
    names = in_order(declared.environments)
    _check_names(names)
    members = {
        name: merged_members(
            declared.environments[name], _secrets(declared, name), settings, top=declared.top
        )
        for name in names
    }
    interfaces = [_interface(interface_name(name), members[name]) for name in names]
    members[""] = merged_members(declared.top, _secrets(declared, ""), settings)
    lines = [_line(member, is_optional=not is_everywhere) for member, is_everywhere in merge(members)]
    lines += [_line(member) for member in declared.blobs]
    definitions = dict.fromkeys(settings.definitions.values())
    if not is_module:
        everything = [*(member for member, _ in merge(members)), *declared.blobs]
        return "\n".join([*definitions, *(f"declare const {_line(member)}" for member in everything)])
    texts: dict[str, None] = {}
    for name in (*names, ""):
        table = declared.environments[name] if name else declared.top
        secrets = _secrets(declared, name)
        own = variables(table, secrets, strict=settings.strict_vars)
        texts |= dict.fromkeys([*(member.name for member in own), *secrets])
    return _module_text(settings, declared, lines, interfaces, definitions, list(texts))


def _secrets(declared: Declared, environment: str) -> tuple[str, ...]:
    return declared.secrets.get(environment, ()) if declared.secrets else declared.local_secrets


def _line(member: Member, *, is_optional: bool = False) -> str:
    return f"{member_name(member.name)}{'?' if is_optional else ''}: {member.type};"


def _interface(name: str, members: Sequence[Member]) -> str:
    if not members:
        return f"\tinterface {name} {{}}"
    lines = "\n".join(f"\t\t{_line(member)}" for member in members)
    return f"\tinterface {name} {{\n{lines}\n\t}}"


def _module_text(
    settings: Settings,
    declared: Declared,
    lines: Sequence[str],
    interfaces: Sequence[str],
    definitions: dict[str, None],
    texts: Sequence[str],
) -> str:
    base = f"__BaseEnv_{settings.interface}"
    # With several environments an interface without members keeps an empty line.
    body = "".join(f"\n\t{line}" for line in lines) or ("\n" if interfaces else "")
    return "\n".join(
        [
            f"interface {base} {{{body}",
            "}",
            f"declare namespace Cloudflare {{{_global_properties(settings, declared)}",
            *(f"\t{definition}" for definition in definitions),
            *interfaces,
            f"\tinterface Env extends {base} {{}}",
            "}",
            f"interface {settings.interface} extends {base} {{}}",
            *_process_environment(declared, texts),
        ]
    )


def _global_properties(settings: Settings, declared: Declared) -> str:
    members = []
    if settings.entry is not None and settings.includes_main:
        path = import_path(settings.output, settings.entry.file)
        members.append(f'\n\t\tmainModule: typeof import("{path}");')
    if declared.classes:
        members.append(f"\n\t\tdurableNamespaces: {_names(declared.classes)};")
    return f"\n\tinterface GlobalProps {{{''.join(members)}\n\t}}" if members else ""


def _names(names: Sequence[str]) -> str:
    return " | ".join(f'"{name}"' for name in names)


def _process_environment(declared: Declared, texts: Sequence[str]) -> list[str]:
    """The type of `process.env`, where the runtime fills it with the variables."""
    if not _is_populated(declared.compatibility_date, declared.compatibility_flags) or not texts:
        return []
    return [
        "type StringifyValues<EnvType extends Record<string, unknown>> = {",
        "\t[Binding in keyof EnvType]: EnvType[Binding] extends string ? EnvType[Binding] : string;",
        "};",
        "declare namespace NodeJS {",
        f"\tinterface ProcessEnv extends StringifyValues<Pick<Cloudflare.Env, {_names(texts)}>> {{}}",
        "}",
    ]


def _is_populated(date: str | None, flags: Sequence[str]) -> bool:
    if POPULATE in flags and DO_NOT_POPULATE in flags:
        raise UsageError(
            f"`compatibility_flags` has both `{POPULATE}` and `{DO_NOT_POPULATE}`.",
            hint="Remove one of them.",
        )
    is_default = date is not None and date >= NODE_BY_DEFAULT_FROM and "no_nodejs_compat" not in flags
    has_node = is_default or "nodejs_compat" in flags
    if DO_NOT_POPULATE in flags or not has_node:
        return False
    return POPULATE in flags or (date is not None and date >= POPULATED_FROM)


def _check_names(environments: Sequence[str]) -> None:
    taken: dict[str, str | None] = {"Env": None}
    for environment in environments:
        name = interface_name(environment)
        if name in taken:
            other = taken[name]
            what = f'as of "{other}"' if other else "which is the name of all environments together"
            raise UsageError(
                f'The interface of the environment "{environment}" would be `{name}`, {what}.',
                hint="Rename one of them, or choose an environment with `--env`.",
            )
        taken[name] = environment
