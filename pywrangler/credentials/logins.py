"""Logins: the environment's, and stored ones by profile.

`logins.json` in pywrangler's directory lists the profiles and where each one's token is kept; the token
itself is in it only where no keyring keeps it. So whether a user is logged in is known without asking the
keyring.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.credentials.records import Login
from pywrangler.credentials.vault import forget_in_keyring, keep_in_keyring, read_from_keyring
from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError, UsageError
from pywrangler.private_files import write_private
from pywrangler.sensitive import Sensitive

FILE_NAME = "logins.json"
DEFAULT_PROFILE = "default"


@dataclass(frozen=True)
class Stored:
    """The place where the token of a profile was stored."""

    profile: str
    in_keyring: bool
    file: Path


def login_from_environment(environment: Mapping[str, str]) -> Login | None:
    """The login in the environment; a key with its address wins over a token, as with Wrangler (4.164)."""
    key, email = environment.get("CLOUDFLARE_API_KEY"), environment.get("CLOUDFLARE_EMAIL")
    if key and email:
        check_credential(key, "CLOUDFLARE_API_KEY")
        check_credential(email, "CLOUDFLARE_EMAIL")
        return Login(Sensitive(key), "CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL", email=email)
    if token := environment.get("CLOUDFLARE_API_TOKEN"):
        check_credential(token, "CLOUDFLARE_API_TOKEN")
        return Login(Sensitive(token), "CLOUDFLARE_API_TOKEN")
    return None


def check_credential(text: str, name: str) -> None:
    """Raise `UsageError`, without the text, for characters that no token has."""
    for position, character in enumerate(text, 1):
        if not "!" <= character <= "~":
            raise UsageError(
                f"{name} has a character at position {position} that is not allowed:"
                f" {_described(character)}.",
                hint="Copy it again, without white space and quotes.",
            )


def _described(character: str) -> str:
    names = {" ": "a blank", "\t": "a tab", "\n": "a line break", "\r": "a line break"}
    return names.get(character, "it is not ASCII" if character > "~" else "a control character")


def find_login(environment: Mapping[str, str], home: Path, profile: str | None) -> Login | None:
    """The login to use: the environment's, which wins over a named profile as with Wrangler (4.164), else
    that of the profile or of the default one, otherwise None.
    """
    return login_from_environment(environment) or stored_login(home, profile or DEFAULT_PROFILE)


def is_logged_in(home: Path, profile: str | None) -> bool:
    """Whether a login is stored for `profile`; does not ask the keyring."""
    return (profile or DEFAULT_PROFILE) in _read(home)


def profiles(home: Path) -> list[str]:
    """The names of the stored profiles."""
    return sorted(_read(home))


def stored_login(home: Path, profile: str) -> Login | None:
    """The login stored for `profile`; raises `MissingError` when its token cannot be read any more."""
    entry = _read(home).get(profile)
    if entry is None:
        return None
    token = entry.get("token") or read_from_keyring(_keyring_name(profile))
    if not token:
        raise MissingError(
            f"The login of profile `{profile}` is in this user's keyring, which does not return it.",
            hint="Unlock the keyring, or run `pywrangler login` again.",
            code="not-logged-in",
        )
    origin = f"the login of profile `{profile}`"
    return Login(Sensitive(token), origin, account_id=entry.get("account_id"), profile=profile)


def store_login(home: Path, profile: str, token: Sensitive[str], account_id: str | None) -> Stored:
    """Keep `token` for `profile`, in the keyring or else in a file of mode 0600."""
    in_keyring = keep_in_keyring(_keyring_name(profile), token.reveal())
    entry: dict[str, Any] = {"account_id": account_id} if account_id else {}
    if not in_keyring:
        entry["token"] = token.reveal()
    write_private(home / FILE_NAME, json.dumps(_read(home) | {profile: entry}))
    return Stored(profile, in_keyring, home / FILE_NAME)


def forget_login(home: Path, profile: str) -> bool:
    """Remove the login of `profile`; False if there was none."""
    entries = _read(home)
    if profile not in entries:
        return False
    if "token" not in entries.pop(profile):
        forget_in_keyring(_keyring_name(profile))
    write_private(home / FILE_NAME, json.dumps(entries))
    return True


def _read(home: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads((home / FILE_NAME).read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}


def _keyring_name(profile: str) -> str:
    return f"login-{profile}"
