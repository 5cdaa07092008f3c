"""What makes a platform a node of a cluster: a file that only its user may read, and variables before it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.private_files import write_private
from pywrangler.sensitive import Sensitive

FILE_NAME = "cluster.json"
VARIABLE_PREFIX = "PYWRANGLER_CLUSTER_"
DEFAULT_PORT = 8743
"""Where the platforms of a cluster reach each other, unless the advertised address names another port."""
LAST_PORT = 65535
LARGEST_DIVISOR = 1000
"""`workerd` refuses a larger one."""
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class ClusterSettingsError(PywranglerError):
    """The settings of a node cannot be used."""

    code = "cluster-settings"


@dataclass(frozen=True)
class ClusterSettings:
    """One node of a cluster."""

    bucket: BucketAddress
    """What the nodes share, and the credentials for it."""
    key: Sensitive[str]
    """What all nodes know, and no one else: 64 hex digits."""
    account_id: str
    """The account of the platform, the same on all nodes: 32 hex digits."""
    node: str
    """This node: 8 hex digits."""
    address: str
    """The IP address, or a name of it, at which other nodes reach this one."""
    port: int
    """Where its platform takes calls of other nodes."""
    authority: Sensitive[str]
    """Key and certificate of the cluster's authority, in PEM."""
    certificate: Sensitive[str]
    """Key and certificate of this node, in PEM."""
    time_divisor: int = 1
    """By what the times of leases are divided; for tests only."""


def read_settings(home: Path, environment: Mapping[str, str]) -> ClusterSettings | None:
    """The settings of the platform in `home`; None if it is no node of a cluster.

    `PYWRANGLER_CLUSTER_*` in the environment replace what the file says. Raises `ClusterSettingsError`.
    """
    file = home / FILE_NAME
    try:
        content = json.loads(file.read_text())
        settings = _parse(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is damaged"
        raise ClusterSettingsError(
            f"The settings of this node in `{file}` cannot be read: {reason}.",
            hint="Restore the file. To leave the cluster, remove it, and join again with a new token.",
        ) from error
    return _with_variables(settings, environment)


def write_settings(home: Path, settings: ClusterSettings) -> None:
    """Store them, readable by the user only. Raises `OSError`."""
    bucket = {each.name: _plain(getattr(settings.bucket, each.name)) for each in fields(BucketAddress)}
    own = {
        each.name: _plain(getattr(settings, each.name))
        for each in fields(ClusterSettings)
        if each.name not in ("bucket", "time_divisor")
    }
    write_private(home / FILE_NAME, json.dumps({"bucket": bucket, **own}, indent=1))


def parse_address(text: str) -> tuple[str, int]:
    """The address and the port of `ADDRESS` or `ADDRESS:PORT`; IPv6 addresses with a port are in brackets.
    Raises `ClusterSettingsError` for what other nodes cannot reach.
    """
    host, port = text, str(DEFAULT_PORT)
    if found := re.fullmatch(
        r"\[(?P<host>[^]]*)\](?::(?P<port>\d{1,5}))?|(?P<name>[^:]*):(?P<own>\d{1,5})", text
    ):
        host = found["host"] or found["name"] or ""
        port = found["port"] or found["own"] or port
    if not _is_host(host) or not 0 < int(port) <= LAST_PORT:
        raise ClusterSettingsError(
            f"`{text}` is not an address at which other machines reach this one.",
            hint="Write an IP address of this machine in a private network, such as `10.0.0.1`.",
        )
    return host, int(port)


def joined(host: str, port: int) -> str:
    """`HOST:PORT`, with brackets for IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_host(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return bool(_HOST_NAME.fullmatch(text)) and not text.replace(".", "").isdigit()


def _parse(content: Any) -> ClusterSettings:
    names = [each.name for each in fields(BucketAddress) if each.name != "secret_access_key"]
    return ClusterSettings(
        bucket=BucketAddress(
            **{name: str(content["bucket"][name]) for name in names},
            secret_access_key=Sensitive(str(content["bucket"]["secret_access_key"])),
        ),
        key=Sensitive(str(content["key"])),
        account_id=str(content["account_id"]),
        node=str(content["node"]),
        address=str(content["address"]),
        port=int(content["port"]),
        authority=Sensitive(str(content["authority"])),
        certificate=Sensitive(str(content["certificate"])),
    )


def _with_variables(settings: ClusterSettings, environment: Mapping[str, str]) -> ClusterSettings:
    def said(name: str) -> str | None:
        return environment.get(VARIABLE_PREFIX + name) or None

    bucket = settings.bucket
    bucket = BucketAddress.parse(
        said("BUCKET") or bucket.url,
        said("ENDPOINT") or bucket.endpoint,
        said("REGION") or bucket.region,
        said("ACCESS_KEY_ID") or bucket.access_key_id,
        Sensitive(said("SECRET_ACCESS_KEY") or bucket.secret_access_key.reveal()),
    )
    address, port = settings.address, settings.port
    if advertised := said("ADVERTISE"):
        address, port = parse_address(advertised)
    divisor = said("TIME_DIVISOR") or "1"
    if not divisor.isdecimal() or not 0 < int(divisor) <= LARGEST_DIVISOR:
        name = f"{VARIABLE_PREFIX}TIME_DIVISOR"
        raise ClusterSettingsError(
            f"`{name}` is `{divisor}`, which is not a number from 1 to {LARGEST_DIVISOR}.",
            hint="It is for tests only. Unset it.",
        )
    return replace(settings, bucket=bucket, address=address, port=port, time_divisor=int(divisor))


def _plain(value: Any) -> Any:
    return value.reveal() if isinstance(value, Sensitive) else value
