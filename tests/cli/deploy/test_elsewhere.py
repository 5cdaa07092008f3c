"""Where a deploy to the local platform leads bindings, and what it says about that."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.context.invocation import GlobalOptions, Invocation
from pywrangler.commands.context.surroundings import Surroundings
from pywrangler.commands.deploy.elsewhere import find_elsewhere
from pywrangler.config import load
from pywrangler.credentials.logins import store_login
from pywrangler.deploy.worker.elsewhere import Elsewhere
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, result, serve

AI = {"ai": {"binding": "AI"}}


def find(directory: Path, home: Path, environment: dict[str, str], **fields: Any) -> tuple[Elsewhere, str]:
    """Where the bindings of a configuration lead, and what was said."""
    whole = {"name": "far", "main": "index.js", "compatibility_date": "2026-06-01", **fields}
    (directory / "index.js").write_text("export default {}")
    (directory / "wrangler.json").write_text(json.dumps(whole))
    said = io.StringIO()
    surroundings = Surroundings(
        environment={"PYWRANGLER_HOME": str(home), "NO_COLOR": "1", **environment},
        directory=directory,
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=said,
    )
    run = Invocation(surroundings, GlobalOptions())
    found = find_elsewhere(run, load(directory / "wrangler.json"))
    run.close()
    return found, " ".join(said.getvalue().split())


def test_a_model_server_serves_an_ai_binding_also_if_it_is_remote(tmp_path: Path, home: Path) -> None:
    variables = {"PYWRANGLER_AI_URL": "http://127.0.0.1:11434"}
    found, said = find(tmp_path, home, variables, ai={"binding": "AI", "remote": True})
    assert found.server is not None
    assert (found.account, found.remote) == (None, frozenset())
    assert "The binding `AI` uses the model server http://127.0.0.1:11434/v1 (PYWRANGLER_AI_URL)." in said
    assert find(tmp_path, home, variables) == (Elsewhere(), "")


def test_without_models_it_says_both_ways(tmp_path: Path, home: Path) -> None:
    found, said = find(tmp_path, home, {"CLOUDFLARE_API_TOKEN": "does-not-count"}, **AI)
    assert found == Elsewhere()
    assert "The binding `AI` has no models" in said
    assert "PYWRANGLER_AI_URL" in said
    assert "`pywrangler login`" in said


def test_a_login_leads_to_its_account(tmp_path: Path, home: Path) -> None:
    store_login(home, "default", Sensitive("t"), None)
    with serve(lambda _: result([{"id": ACCOUNT, "name": "mine"}])) as api:
        variables = {"CLOUDFLARE_API_BASE_URL": api.url}
        buckets = [{"binding": "A", "bucket_name": "one", "remote": True}, {"binding": "B"}]
        found, said = find(tmp_path, home, variables, r2_buckets=buckets, **AI)
        assert found.account is not None
        assert (found.account.id, found.account.api, found.remote) == (
            ACCOUNT,
            api.url,
            frozenset(("A", "AI")),
        )
        assert f"lead to the account {ACCOUNT} at Cloudflare" in said
        assert "`A`, `AI`." in said
        named = find(tmp_path, home, variables, account_id="f" * 32, **AI)[0].account
        assert named is not None
        assert named.id == "f" * 32


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"kv_namespaces": [{"binding": "KV", "id": "7", "remote": True}]},
            "`kv_namespaces[0]` (`KV`) in wrangler.json:1:",
        ),
        ({"ai": {"binding": "AI", "remote": True}}, "`ai` (`AI`) in wrangler.json:1:"),
        ({"kv_namespaces": [{"binding": "KV", "remote": True}]}, "is `remote` and has no `id`"),
        ({"d1_databases": [{"binding": "DB", "remote": True}]}, "is `remote` and has no `database_id`"),
    ],
)
def test_what_cannot_be_remote_is_refused_with_its_place(
    tmp_path: Path, home: Path, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        find(tmp_path, home, {}, **fields)
    assert words in caught.value.message
    assert "remove `remote`" in (caught.value.hint or "")


def test_remote_without_an_effect_is_a_warning(tmp_path: Path, home: Path) -> None:
    points = {"binding": "POINTS", "dataset": "points", "remote": True}
    found, said = find(tmp_path, home, {}, analytics_engine_datasets=[points])
    assert found == Elsewhere()
    assert "bindings of `analytics_engine_datasets` do not lead to Cloudflare" in said
