"""What `preview` says about the field `previews`: how it could be filled in, and what it lacks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation
    from pywrangler.config.preview_advice import Suggestion

FILL_IN = (
    "Replace each `<REPLACE_ME>` with something that a preview may use, not with what production uses."
    " Without a binding, leave its entry out."
)


class SuggestedError(PywranglerError):
    """There is no `previews`; `suggestion` is how it could be filled in, in Wrangler's form for scripts."""

    code = "previews-missing"

    def __init__(self, message: str, hint: str, suggestion: Mapping[str, Any]) -> None:
        super().__init__(message, hint=hint)
        self.suggestion = suggestion


def require_previews(run: Invocation, client: Client, worker: str, *, uses_base: bool, as_json: bool) -> None:
    """Returns if the configuration has `previews`, or the user has it written. Raises `SuggestedError` with
    what it could hold: what the account has for previews of this Worker, or else the Worker's own settings.
    """
    from pywrangler.config.preview_advice import read_own, suggest_of_base, suggest_of_own

    own = read_own(run.project.required_file, run.environment_name)
    if "previews" in own:
        return
    base = account_settings(client, worker) if uses_base else {}
    suggestion = suggest_of_base(base) if base else suggest_of_own(own)
    if base and not suggestion.missing and not as_json and _is_written(run, suggestion):
        return
    raise _error(run, suggestion)


def account_settings(client: Client, worker: str) -> Mapping[str, Any]:
    """What the account has for all previews of the Worker; nothing if there is no Worker."""
    from pywrangler.cloudflare.scripts.previews import base_settings
    from pywrangler.cloudflare.workers import is_worker_not_found

    try:
        return base_settings(client, worker)
    except ApiError as error:
        if not is_worker_not_found(error):
            raise
        return {}


def warn_of_missing_bindings(run: Invocation, client: Client, worker: str, present: Collection[str]) -> None:
    """Name the Worker's own bindings that its preview does not have."""
    from pywrangler.config.preview_advice import expected_bindings, read_own

    expected = expected_bindings(read_own(run.project.required_file, run.environment_name))
    if not expected.keys() - set(present):
        return
    known = {*present, *(account_settings(client, worker).get("env") or {})}
    missing = [f"`{name}` ({field})" for name, field in expected.items() if name not in known]
    if missing:
        run.console.warning(
            f"The Worker has bindings that this preview does not have: {', '.join(missing)}. If its code"
            " needs them, write values that are safe for previews into `previews`."
        )


def warn_of_custom_domains(run: Invocation, routes: object, addresses: Collection[str]) -> None:
    """Say so if previews should have addresses below a custom domain and have only others."""
    entries = routes if isinstance(routes, list) else [routes]
    domains = [
        str(each["pattern"]).lower().rstrip(".")
        for each in entries
        if isinstance(each, Mapping) and each.get("custom_domain") and each.get("previews_enabled")
    ]
    hosts = [urlsplit(each).hostname or "" for each in addresses]
    is_there = any(host == domain or host.endswith(f".{domain}") for host in hosts for domain in domains)
    if domains and hosts and not is_there:
        run.console.warning(
            f"The preview has no address at {', '.join(domains)}, although `previews_enabled` is set there."
            " If that is new, run `pywrangler deploy` once, then `pywrangler preview` again. A new domain may"
            " need some minutes."
        )


def _is_written(run: Invocation, suggestion: Suggestion) -> bool:
    """Whether the user has the suggestion written into the configuration."""
    from pywrangler.config.new_bindings import add_field

    if not run.is_interactive:
        return False
    file = run.project.required_file
    for note in suggestion.notes:
        run.console.warning(note)
    shown = json.dumps({"previews": suggestion.fields}, indent=2)
    run.console.info("The account has settings for the previews of this Worker:")
    for line in shown.splitlines():
        run.console.info(line)
    if not run.console.confirm(f"Add them to {file.name}?", default=True):
        return False
    if add_field(file, "previews", suggestion.fields, environment=run.environment_name):
        run.console.success(f"Added `previews` to {file}.")
        return True
    run.console.warning(f"`{file}` was not changed: it has no safe place for `previews`.")
    return False


def _error(run: Invocation, suggestion: Suggestion) -> SuggestedError:
    from pywrangler.config.advice.snippets import snippet

    file, environment = run.project.required_file, run.environment_name
    messages = [*suggestion.notes, *suggestion.missing, *([FILL_IN] if suggestion.has_placeholders else [])]
    patch: dict[str, Any] = {"previews": suggestion.fields}
    if environment:
        patch = {"env": {environment: patch}}
    if file.suffix == ".toml":
        text = snippet("toml", patch)
    else:
        text = json.dumps(patch, indent=2, ensure_ascii=False)[2:-2]
    where = f" for the environment `{environment}`" if environment else ""
    words = f"The configuration has no `previews`{where}"
    form = {"error": f"{words}.", "suggested_config": patch} | ({"messages": messages} if messages else {})
    start = "Bindings of previews are there; it may be empty. Add:"
    return SuggestedError(
        f"`{file.name}` has no `previews`{where}.", "\n".join([start, text, *messages]), form
    )
