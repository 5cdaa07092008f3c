"""D1 on this machine: the runtime that holds databases, and queries.

The calls have the form of D1's binding in `workerd` (2026-11): POST /query with statements as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from yarl import URL

from pywrangler.local.daemon.directories import Directories
from pywrangler.local.daemon.products.runtime import Ended, ProductRuntime
from pywrangler.local.rest.d1.queries import QueryRefusedError
from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.local.workerd.config import RuntimeConfig
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.products.d1 import plan_d1
from pywrangler.local.workerd.records import Sockets


class D1Runtime:
    """Owns the process. Implements `pywrangler.local.rest.d1.queries.Databases`, which describes it."""

    def __init__(
        self,
        directories: Directories,
        find_workerd: Callable[[], Awaitable[Path]],
        log: LogBook,
        membership: ClusterMembership | None = None,
        ended: Ended | None = None,
    ) -> None:
        async def plan(data: Path, sockets: Sockets) -> RuntimeConfig:
            return plan_d1(data, sockets.control, membership)

        self.runtime = ProductRuntime(
            "d1", directories, find_workerd, plan, log, takes_calls=True, title="D1 databases", ended=ended
        )

    async def query(
        self, database_id: str, queries: Sequence[Mapping[str, Any]], *, as_columns: bool = False
    ) -> list[dict[str, Any]]:
        path = f"http://d1/{quote(database_id, safe='')}/query"
        url = URL(path, encoded=True).with_query({"resultsFormat": "ROWS_AND_COLUMNS"} if as_columns else {})
        body = json.dumps(list(queries)).encode()
        headers = {"Content-Type": "application/json"}
        async with self.runtime.request("POST", url, headers, body) as response:
            answers = json.loads(await response.read())
        if isinstance(answers, dict):
            raise QueryRefusedError(str(answers.get("error") or "D1 refused."))
        return list(answers)
