"""Write the completion scripts in `completions/` from the command tree: `python -m scripts.completions`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typer.main import get_command

from pywrangler.commands.running.app import typer_for
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


def bash() -> str:
    """A script for bash: the words typed so far choose the list."""
    cases = []
    for path in nodes():
        spellings = [spelling for option in options_of(path) for spelling in option.spellings]
        cases.append(f'    "{" ".join(path)}") words="{" ".join((*children(path), *spellings))}" ;;')
    chosen = choices()
    valued = "|".join(
        sorted({s for p in nodes() for o in options_of(p) if o.takes_value for s in o.spellings} - {*chosen})
    )
    values = "\n".join(
        f'    {name}) COMPREPLY=($(compgen -W "{" ".join(values)}" -- "$current")); return ;;'
        for name, values in chosen.items()
    )
    known = "|".join(f'"{" ".join(path)}"' for path in nodes() if path)
    return f"""# {HEADER}
_pywrangler() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" path="" next word words
  case "$previous" in
{values}
    {valued}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    next="${{path:+$path }}$word"
    case "$next" in {known}) path="$next" ;; esac
  done
  case "$path" in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
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
        cases.append(f'    "{" ".join(path)}")\n      entries=(\n{listed}\n      ) ;;')
    known = "|".join(f'"{" ".join(path)}"' for path in nodes() if path)
    values = "\n".join(
        f"    ({name}) compadd -- {' '.join(values)}; return ;;" for name, values in choices().items()
    )
    return f"""#compdef pywrangler pwr
# {HEADER}
_pywrangler() {{
  local at="" next word
  local -a entries
  case "${{words[CURRENT-1]}}" in
{values}
  esac
  for word in "${{words[@]:1:$((CURRENT-2))}}"; do
    next="${{at:+$at }}$word"
    case "$next" in ({known}) at="$next" ;; esac
  done
  case "$at" in
{chr(10).join(cases)}
  esac
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
    return "\n".join(lines) + "\n"


def _zsh(text: str) -> str:
    return text.replace("'", "'\\''").replace(":", "\\:")


def _fish(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _fish_option(option: Option) -> str:
    names = [f"-l {s[2:]}" if s.startswith("--") else f"-s {s[1:]}" for s in option.spellings]
    value = ["-x", f"-a '{' '.join(option.choices)}'"] if option.choices else ["-r"]
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
