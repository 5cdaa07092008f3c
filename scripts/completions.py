"""Write the completion scripts in `completions/` from the command tree: `python -m scripts.completions`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typer.main import get_command

from pywrangler.commands.completion.kinds import kind_of_operand, kind_of_option
from pywrangler.commands.running.typer_apps import typer_for
from pywrangler.commands.shared.options import GLOBAL_PANEL
from pywrangler.commands.tree import COMMANDS, GROUPS, Words, children

DIRECTORY = Path(__file__).resolve().parent.parent / "completions"
HEADER = "Completions for pywrangler, made by `python -m scripts.completions`. Do not edit."


@dataclass(frozen=True)
class Option:
    """An option of a command: its spellings, what it is for, and whether a value follows, and which."""

    spellings: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...] = ()
    """The values it can have; empty if that may be any text."""
    kind: str | None = None
    """The kind of the names that its value can be, which the program is asked for at a Tab."""
    metavar: str | None = None
    is_global: bool = False
    """Whether every command has it."""


def options_of(path: Words) -> list[Option]:
    """The options of the command that `path` names; of a group, help and version."""
    command = next((command for command in COMMANDS if command.path == path), None)
    if command is None:
        return [
            Option(("-h", "--help"), "Show help", False),
            Option(("-v", "--version"), "Show the version", False),
        ]
    typer_command = get_command(typer_for(command, lambda _: None))  # type: ignore[arg-type, return-value]
    found = [
        Option(
            (*p.opts, *p.secondary_opts),
            getattr(p, "help", None) or "",
            not getattr(p, "is_flag", False),
            tuple(getattr(p.type, "choices", ())),
            kind_of_option(tuple(p.opts), getattr(p, "metavar", None)),
            getattr(p, "metavar", None),
            getattr(p, "rich_help_panel", None) == GLOBAL_PANEL,
        )
        for p in typer_command.params
        if p.param_type_name == "option" and not getattr(p, "hidden", False)
    ]
    return [*found, Option(("-h", "--help"), "Show help", False)]


def nodes() -> list[Words]:
    """Every group and every command, the root first."""
    return [(), *GROUPS, *(command.path for command in COMMANDS)]


def choices() -> dict[str, list[str]]:
    """The values of every option that has a choice of them, by its spelling, in all commands together."""
    found: dict[str, list[str]] = {}
    for option in (option for path in nodes() for option in options_of(path) if option.choices):
        for spelling in option.spellings:
            known = found.setdefault(spelling, [])
            known += [value for value in option.choices if value not in known]
    return dict(sorted(found.items()))


def kinds() -> dict[str, str]:
    """The kind of the names that an option's value can be, by a pattern for `COMMAND OPTION`.

    An option that means the same wherever it exists has one pattern, `*" --env"`.
    """
    found: dict[str, dict[Words, str | None]] = {}
    for path in nodes():
        for option in options_of(path):
            for spelling in option.spellings:
                found.setdefault(spelling, {})[path] = option.kind
    patterns = {}
    for spelling, by_path in sorted(found.items()):
        if len(each := {*by_path.values()}) == 1 and (kind := each.pop()):
            patterns[f'*" {spelling}"'] = kind
        else:
            named = {path: kind for path, kind in by_path.items() if kind}
            patterns |= {f'"{" ".join(path)} {spelling}"': kind for path, kind in named.items()}
    return patterns


def bash() -> str:
    """A script for bash: the words typed so far choose the list."""
    cases = []
    for path in nodes():
        spellings = [spelling for option in options_of(path) for spelling in option.spellings]
        kind = f" kind={asked}" if (asked := kind_of_operand(path)) else ""
        cases.append(f'    "{" ".join(path)}") words="{" ".join((*children(path), *spellings))}"{kind} ;;')
    chosen = choices()
    every = {s for p in nodes() for o in options_of(p) if o.takes_value for s in o.spellings}
    valued = "|".join(sorted(every - {*chosen}))
    values = "\n".join(
        f'    {name}) COMPREPLY=($(compgen -W "{" ".join(values)}" -- "$current")); return ;;'
        for name, values in chosen.items()
    )
    named = "\n".join(f"    {name}) _pywrangler_names {kind}; return ;;" for name, kind in kinds().items())
    known = "|".join(f'"{" ".join(path)}"' for path in nodes() if path)
    return f"""# {HEADER}
_pywrangler_names() {{
  local IFS=$'\\n' name
  for name in $("${{COMP_WORDS[0]/#\\~/$HOME}}" completion --names "$1" </dev/null 2>/dev/null); do
    [[ "$name" != "$current"* ]] || COMPREPLY+=("$name")
  done
}}
_pywrangler() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path="" next word words kind=""
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    next="${{path:+$path }}$word"
    case "$next" in {known}) path="$next" ;; esac
  done
  case "$path $previous" in
{named}
  esac
  case "$previous" in
{values}
    {valued}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n "$kind" && "$current" != -* ]]; then
    _pywrangler_names "$kind"
    return
  fi
  [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _pywrangler pywrangler pwr
"""


def zsh() -> str:
    """A script for zsh: the same, with descriptions."""
    cases = []
    for path in nodes():
        entries = [f"{_zsh(name)}:{_zsh(text)}" for name, text in children(path).items()]
        entries += [f"{_zsh(s)}:{_zsh(option.help)}" for option in options_of(path) for s in option.spellings]
        listed = "\n".join(f"        '{entry}'" for entry in entries)
        kind = f"\n      kind={asked}" if (asked := kind_of_operand(path)) else ""
        cases.append(f'    "{" ".join(path)}")\n      entries=(\n{listed}\n      ){kind} ;;')
    known = "|".join(f'"{" ".join(path)}"' for path in nodes() if path)
    values = "\n".join(
        f"    ({name}) compadd -- {' '.join(values)}; return ;;" for name, values in choices().items()
    )
    named = "\n".join(f"    ({name}) _pywrangler_names {kind}; return ;;" for name, kind in kinds().items())
    return f"""#compdef pywrangler pwr
# {HEADER}
_pywrangler_names() {{
  compadd -- ${{(f)"$(${{(Q)words[1]}} completion --names $1 </dev/null 2>/dev/null)"}}
}}
_pywrangler() {{
  local at="" next word kind=""
  local -a entries
  for word in "${{words[@]:1:$((CURRENT-2))}}"; do
    next="${{at:+$at }}$word"
    case "$next" in ({known}) at="$next" ;; esac
  done
  case "$at ${{words[CURRENT-1]}}" in
{named}
  esac
  case "${{words[CURRENT-1]}}" in
{values}
  esac
  case "$at" in
{chr(10).join(cases)}
  esac
  if [[ -n "$kind" && "$PREFIX" != -* ]]; then
    _pywrangler_names "$kind"
    return
  fi
  _describe 'command or option' entries || _files
}}
if [ "$funcstack[1]" = _pywrangler ]; then
  _pywrangler "$@"  # zsh loaded this file from its function path: the first Tab
else
  compdef _pywrangler pywrangler pwr
fi
"""


def fish() -> str:
    """A script for fish: one line for each word and option, under the condition of its position."""
    known = " ".join(f'"{" ".join(path)}"' for path in nodes() if path)
    lines = [
        f"# {HEADER}",
        "function __pywrangler_at",
        "    set -l at",
        f"    set -l known {known}",
        "    for word in (commandline -opc)[2..-1]",
        '        set -l next (string trim "$at $word")',
        "        contains -- $next $known; and set at $next",
        "    end",
        '    test "$at" = "$argv[1]"',
        "end",
    ]
    for program in ("pywrangler", "pwr"):
        for path in nodes():
            start = f"complete -c {program} -n '__pywrangler_at \"{' '.join(path)}\"'"
            lines += [f"{start} -f -a {name} -d '{_fish(text)}'" for name, text in children(path).items()]
            lines += [f"{start} {_fish_option(option)}" for option in options_of(path)]
            if kind := kind_of_operand(path):
                lines.append(f"{start} -f -a '({program} completion --names {kind} 2>/dev/null)'")
    return "\n".join(lines) + "\n"


def _zsh(text: str) -> str:
    return text.replace("'", "'\\''").replace(":", "\\:")


def _fish(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _fish_option(option: Option) -> str:
    names = [f"-l {s[2:]}" if s.startswith("--") else f"-s {s[1:]}" for s in option.spellings]
    listed = f"(pywrangler completion --names {option.kind} 2>/dev/null)" if option.kind else ""
    offered = listed or " ".join(option.choices)
    value = ["-x", f"-a '{offered}'"] if offered else ["-r"]
    return " ".join((*names, *(value if option.takes_value else []), f"-d '{_fish(option.help)}'"))


def scripts() -> dict[str, str]:
    """The scripts by the names of their files.

    bash and fish look for a script that is named as the program, so `pwr` has one that reads the other. For
    bash both are installed without the suffix.
    """
    return {
        "pywrangler.bash": bash(),
        "pwr.bash": f'# {HEADER}\n. "${{BASH_SOURCE[0]%/*}}/pywrangler"\n',
        "_pywrangler": zsh(),
        "pywrangler.fish": fish(),
        "pwr.fish": f"# {HEADER}\nsource (status dirname)/pywrangler.fish\n",
    }


if __name__ == "__main__":
    for name, text in scripts().items():
        (DIRECTORY / name).write_text(text)
        print(f"wrote completions/{name}")
