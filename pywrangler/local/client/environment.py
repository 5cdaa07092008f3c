"""The environment of the processes that the command line starts for the platform."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.local.protocol import (
    HOME_VARIABLE,
    home_directory,
)

_KEPT_VARIABLES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *(
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "NODE_EXTRA_CA_CERTS",
            "DBUS_SESSION_BUS_ADDRESS",
            "PYTHON_KEYRING_BACKEND",
        ),
        *(
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_ECR",
            "AWS_CA_BUNDLE",
        ),  # the address of Amazon ECR, without keys
        "WRANGLER_DOCKER_HOST",
    )
)
_KEPT_PREFIXES = ("LC_", "XDG_", "DOCKER_", "PYWRANGLER_")
_DEPLOYED_VARIABLES = frozenset(("PYWRANGLER_AI_KEY",))
"""Credentials that each deploy reads."""


def daemon_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process: what it needs to find Docker, npm and the keyring; no credentials."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT_VARIABLES
        or (name.startswith(_KEPT_PREFIXES) and name not in _DEPLOYED_VARIABLES)
        or name.lower().startswith("npm_config_")  # npm reads it in any case
    }
    return kept | {HOME_VARIABLE: str(home_directory(environment))}
