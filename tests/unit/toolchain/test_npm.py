"""Which of a user's settings reach npm, and what npm says when it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pywrangler.toolchain.install import Installation
from pywrangler.toolchain.npm import (
    CAUTION_SETTINGS,
    is_kept,
    kept_lines,
    npm_environment,
    reason_of,
    setting_of,
)
from pywrangler.toolchain.records import SilentInstall

from .registry import Registry

KEPT = {
    "npm_config_registry": "r",
    "NPM_CONFIG_REGISTRY": "r",
    "Npm_Config_Https_Proxy": "p",
    "npm_config_proxy": "p",
    "npm_config_noproxy": "localhost",
    "npm_config_cafile": "/ca.pem",
    "npm_config_strict_ssl": "true",
    "npm_config_cache": "/cache",
    "npm_config__auth": "x",
    "npm_config__authToken": "x",
    "npm_config_@cloudflare:registry": "r",
    "npm_config_//npm.example/:_authToken": "x",
    "HTTPS_PROXY": "p",
    "NODE_EXTRA_CA_CERTS": "/ca.pem",
    "PATH": "/bin",
    "NPM_TOKEN": "x",
}
DROPPED = {
    "npm_config_dry_run": "true",
    "NPM_CONFIG_DRY_RUN": "true",
    "Npm_Config_Dry_Run": "true",
    "npm_config_dry-run": "true",
    "npm_config_global": "true",
    "npm_config_location": "global",
    "npm_config_ignore_scripts": "false",
    "npm_config_prefix": "/elsewhere",
    "PREFIX": "/elsewhere",
    "npm_config_omit": "optional",
    "npm_config_only": "dev",
    "npm_config_production": "true",
    "NODE_ENV": "production",
    "npm_config_package_lock_only": "true",
    "npm_config_package_lock": "false",
    "npm_config_offline": "true",
    "npm_config_cpu": "arm64",
    "npm_config_os": "win32",
    "npm_config_json": "true",
    "npm_config_workspace": "a",
    "npm_config_userconfig": "/elsewhere",
    "npm_config_globalconfig": "/elsewhere",
    "npm_config_node_options": "--require /x",
    "npm_config_script_shell": "/bin/false",
    "npm_config_before": "2020-01-01",
    "CLOUDFLARE_API_TOKEN": "x",
}


def test_npm_gets_what_leads_to_packages_and_nothing_else() -> None:
    assert npm_environment(KEPT | DROPPED) == KEPT


def test_a_project_of_the_user_keeps_its_caution() -> None:
    kept = npm_environment({"npm_config_min_release_age": "7", "npm_config_dry_run": "1"}, CAUTION_SETTINGS)
    assert kept == {"npm_config_min_release_age": "7"}


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("npm_config_dry_run", "dry-run"),
        ("NPM_CONFIG_DRY_RUN", "dry-run"),
        ("npm_config__auth", "_auth"),
        ("npm_config_//host/a_b/:_authToken", "//host/a_b/:_authToken"),
        ("npm_package_name", None),
        ("XNPM_CONFIG_A", None),
    ],
)
def test_variables_are_settings_as_npm_reads_them(variable: str, expected: str | None) -> None:
    assert setting_of(variable) == expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("@a:registry", True), ("//h/:_password", True), ("@a:other", False), ("Registry", True), ("", False)],
)
def test_settings_of_scopes_and_registries_are_kept(setting: str, expected: bool) -> None:
    assert is_kept(setting) is expected


def test_lines_of_a_settings_file() -> None:
    text = """\
; registry = commented
# registry = commented
registry = http://r/
@cloudflare:registry=http://r/
"//r/:_authToken" = "${NPM_TOKEN}"
//r/:_password=x=y==
dry-run=true
global = true
omit[]=optional
ca[]="one"
 cache = /c
strict-ssl
package-lock-only
[section]
registry = http://other/
"""
    assert kept_lines(text) == [
        "registry = http://r/",
        "@cloudflare:registry=http://r/",
        '"//r/:_authToken" = "${NPM_TOKEN}"',
        "//r/:_password=x=y==",
        'ca[]="one"',
        " cache = /c",
        "strict-ssl",
    ]
    assert kept_lines("") == []
    assert kept_lines("before=2020-01-01", CAUTION_SETTINGS) == ["before=2020-01-01"]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            """\
npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://r/a failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/x.js:1:2)
npm error A complete log of this run can be found in: /x
""",
            "request to http://r/a failed, reason: connect ECONNREFUSED 127.0.0.1:9",
        ),
        (
            "npm ERR! code E404\nnpm ERR! 404 Not Found - GET http://r/a - not found\nnpm ERR! 404\n",
            "Not Found - GET http://r/a - not found (E404)",
        ),
        (
            """\
npm error code EACCES
npm error syscall mkdir
npm error path /c
npm error errno -13
npm error Error: EACCES: permission denied, mkdir '/c'
""",
            "EACCES: permission denied, mkdir '/c'",
        ),
        (
            "npm error code EUSAGE\nnpm error\nnpm error `npm ci` needs a lock file.\n",
            "`npm ci` needs a lock file (EUSAGE)",
        ),
        (
            "npm error code E401\nnpm error Incorrect or missing password.\n",
            "Incorrect or missing password (E401)",
        ),
        ("npm error code ENOTCACHED\n", "ENOTCACHED"),
        ("env: node: No such file or directory\n", "env: node: No such file or directory"),
        ("", "it gave no reason"),
    ],
)
def test_the_reason_is_the_line_that_says_it(output: str, expected: str) -> None:
    assert reason_of(output) == expected


SETTINGS = """\
dry-run=true
global=true
location=global
prefix=/nowhere
omit=optional
omit[]=prod
package-lock-only=true
package-lock=false
offline=true
json=true
cpu=other
ignore-scripts=false
workspaces=true
registry=http://127.0.0.1:9/
"""


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
@pytest.mark.slow
@pytest.mark.parametrize("place", ["home", "userconfig", "globalconfig", "variables", "above"])
def test_an_installation_is_made_whatever_the_user_has_set(tmp_path: Path, place: str) -> None:
    with Registry() as registry:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")}
        text = SETTINGS.replace("http://127.0.0.1:9/", registry.url) + f"cache={tmp_path / 'npm'}\n"
        (tmp_path / "home").mkdir()
        if place == "variables":
            for line in text.splitlines():
                name, _, value = line.partition("=")
                environment[f"Npm_Config_{name.removesuffix('[]').replace('-', '_')}"] = value
        elif place == "above":
            (tmp_path / ".npmrc").write_text(SETTINGS)
            (tmp_path / "package.json").write_text('{"workspaces": ["cache/*"]}')
            (tmp_path / "home" / ".npmrc").write_text(text)
        else:
            file = tmp_path / "home" / ".npmrc" if place == "home" else tmp_path / "settings"
            file.write_text(text)
            if place != "home":
                environment[f"NPM_CONFIG_{place.upper()}"] = str(file)
        made = Installation(tmp_path / "cache/abc", registry.packages, environment, SilentInstall())
        made.run()
        assert made.is_complete()
        assert registry.downloads == len(registry.packages)
        assert (tmp_path / "npm").is_dir(), "the cache is the user's"
        assert sorted(each.name for each in made.directory.parent.iterdir()) == ["abc", "install.lock"]
