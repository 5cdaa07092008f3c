"""Commands in hints get the options that say where the run acted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.commands.context.invocation import GlobalOptions
from pywrangler.commands.running.aimed_hints import aimed

REMOTE = GlobalOptions(remote=True)
LOCAL = GlobalOptions(remote=False)
CASES = [
    (
        "`pywrangler secrets-store store list` shows.",
        REMOTE,
        "`pywrangler secrets-store store list --remote` shows.",
    ),
    ("`pywrangler kv namespace list`", LOCAL, "`pywrangler kv namespace list --local`"),
    ("`pywrangler kv namespace list`", GlobalOptions(), "`pywrangler kv namespace list`"),
    (
        "`pywrangler kv key list --namespace-id a`",
        REMOTE,
        "`pywrangler kv key list --namespace-id a --remote`",
    ),
    (
        "`pywrangler queues consumer worker list q`",
        REMOTE,
        "`pywrangler queues consumer worker list q --remote`",
    ),
    ("`pywrangler containers list --remote`", REMOTE, "`pywrangler containers list --remote`"),
    ("Run `pywrangler login`.", REMOTE, "Run `pywrangler login`."),
    ("`pywrangler local logs`", LOCAL, "`pywrangler local logs`"),
    ("`pywrangler kv --help` lists them.", REMOTE, "`pywrangler kv --help` lists them."),
    ("`pywrangler kv key put --help`", REMOTE, "`pywrangler kv key put --help`"),
    ("`npx wrangler tail`", REMOTE, "`npx wrangler tail`"),
    ("`pywrangler whoami`", GlobalOptions(profile="my work"), "`pywrangler whoami --profile 'my work'`"),
    ("`pywrangler local stop`", GlobalOptions(profile="work"), "`pywrangler local stop`"),
    ("`pywrangler deploy`", GlobalOptions(environment=""), '`pywrangler deploy --env ""`'),
    (
        "`pywrangler secret list --name a`",
        GlobalOptions(environment="b"),
        "`pywrangler secret list --name a`",
    ),
    (
        "`pywrangler check`, `pywrangler deploy`",
        GlobalOptions(remote=True, config=Path("a b"), environment="a"),
        "`pywrangler check --config 'a b' --env a`, `pywrangler deploy --remote --config 'a b' --env a`",
    ),
]


@pytest.mark.parametrize(("hint", "chosen", "expected"), CASES)
def test_commands_of_a_hint_act_where_the_run_acted(hint: str, chosen: GlobalOptions, expected: str) -> None:
    assert aimed(hint, chosen) == expected
