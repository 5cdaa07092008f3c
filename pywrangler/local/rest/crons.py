"""Firing a cron trigger by hand, which only the local platform has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object
from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import explained
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.lookup import find_worker


async def trigger_cron(request: web.Request) -> web.Response:
    """`POST /local/workers/{name}/trigger-cron`: `{"cron"?}`, which is what `controller.cron` will be.

    The response comes when `scheduled()` has ended: `{"cron", "outcome", "seconds", "is_scheduled"}`. The
    last one says whether the Worker has a trigger with this expression.
    """
    context = context_of(request)
    worker, _version = find_worker(request)
    asked = optional_text(await read_object(request), "cron")
    cron = asked or the_only_cron(worker.name, worker.crons)
    run = await context.operations.trigger_cron(worker.name, cron)
    return success({**asdict(run), "is_scheduled": cron in worker.crons})


def the_only_cron(worker: str, crons: Sequence[str]) -> str:
    """The Worker's only expression, for a request that names none. Raises `RestError` unless there is exactly
    one.
    """
    if len(crons) == 1:
        return crons[0]
    if crons:
        listed = ", ".join(f"`{cron}`" for cron in crons)
        raise explained(
            f"The Worker `{worker}` has several cron triggers: {listed}.", "Choose one with --cron."
        )
    raise explained(
        f"The Worker `{worker}` has no cron trigger.",
        'Name the expression that `scheduled()` gets, such as --cron "0 3 * * *".',
    )


ROUTES = [Route("POST", "/local/workers/{name}/trigger-cron", trigger_cron)]
