"""The output of an application's containers. Cloudflare shows it only on its dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web

from pywrangler.local.rest.containers.applications import find_application
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import timestamp
from pywrangler.local.rest.errors import RestError, explained
from pywrangler.local.rest.operations import ContainerLogLine, ContainerLogQuery
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.streaming import flag, line_count, stream_lines
from pywrangler.local.store.records import ApplicationRecord
from pywrangler.object_ids import object_id


async def show_logs(request: web.Request) -> web.StreamResponse:
    """`GET /local/applications/{id}/logs?instance=&since=&tail=&follow=`.

    `instance` is an id of an instance or a Durable Object, or a Durable Object's name; `since` is in seconds
    since the epoch.
    """
    context, record = context_of(request), find_application(request)
    query = ContainerLogQuery(
        record.id,
        instance=await _instance(context, record, request.query.get("instance")),
        since=_seconds(request.query.get("since", "0")),
        tail=line_count(request, None),
        follow=flag(request, "follow"),
    )
    lines = context.operations.follow_container_logs(query)
    return await stream_lines(request, named_lines(context, record, lines), line_json)


async def _instance(context: ApiContext, record: ApplicationRecord, wanted: str | None) -> str | None:
    """The id of the instance or Durable Object that `wanted` names."""
    if wanted is None:
        return None
    names = await context.operations.durable_object_names(record.namespace_id)
    named = {found for found, name in names.items() if name == wanted}
    named.add(object_id(record.namespace_id, wanted))
    for instance in reversed(await context.instances_of(record.id)):
        if wanted in (instance.id, instance.durable_object_id):
            return wanted
        if wanted == instance.durable_object_name or instance.durable_object_id in named:
            return instance.durable_object_id
    raise explained(
        f"The application `{record.name}` has no instance `{wanted}`.",
        f"`pywrangler containers instances {record.name}` shows its instances.",
        status=404,
        code=1000,
    )


async def named_lines(
    context: ApiContext, record: ApplicationRecord, lines: AsyncIterator[ContainerLogLine]
) -> AsyncIterator[ContainerLogLine]:
    """The lines with names of Durable Objects. The name of a new object is looked up when its first line
    comes.
    """
    names: dict[str, str | None] = {}
    async for line in lines:
        of_line = line.durable_object_id
        if of_line is not None and of_line not in names:
            known = await context.operations.durable_object_names(record.namespace_id)
            names[of_line] = known.get(of_line)
        name = line.durable_object_name or names.get(of_line or "")
        yield replace(line, durable_object_name=name)


def line_json(line: ContainerLogLine) -> dict[str, object]:
    return {
        "time": timestamp(line.time),
        "instance": line.instance,
        "durable_object_id": line.durable_object_id,
        "durable_object_name": line.durable_object_name,
        "stream": line.stream,
        "text": line.text,
    }


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RestError(f'The query parameter `since` must be in seconds, not "{text}".') from None


ROUTES = [Route("GET", "/local/applications/{id}/logs", show_logs)]
