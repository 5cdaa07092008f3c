"""Routes that only the local platform has: status, addresses of Workers, bring-up, logs, and stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError, no_worker
from pywrangler.local.rest.operations import LogLine
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.streaming import flag, line_count, stream_lines
from pywrangler.local.store.records import Worker
from pywrangler.sensitive import Sensitive

DEFAULT_TAIL_LINES = 100
LAST_PORT = 65535
PIECE_BYTES = 1024 * 1024


async def show_status(request: web.Request) -> web.Response:
    """`GET /local/status?problems=`: with `problems=1` also what is wrong with processes, in sentences."""
    context = context_of(request)
    status = context.operations.platform_status()
    engine = await context.operations.engine_status()
    problems = await context.operations.problems() if flag(request, "problems") else None
    workers = [worker_json(context, w) for w in context.store.workers.all() if is_active(w)]
    process = {**asdict(status), "started_at": timestamp(status.started_at)}
    registry = context.runtimes.registry
    where = {"host": registry.host, "certificate": str(registry.certificate)} if registry else None
    return success(
        {
            **process,
            "account_id": context.account_id,
            "workers": workers,
            "engine": asdict(engine),
            **({} if problems is None else {"problems": problems}),
            "registry": where,
        }
    )


async def show_worker(request: web.Request) -> web.Response:
    """`GET /local/workers/{name}`."""
    context, name = context_of(request), path_part(request, "name")
    return success(worker_json(context, _active_worker(context, name)))


async def set_address(request: web.Request) -> web.Response:
    """`PUT /local/workers/{name}/address` with `{"port", "ip"}`: where the Worker listens; null means any
    port, or loopback. The response is the Worker. Its `problem` says why the address is another one than the
    request names.
    """
    context, name = context_of(request), path_part(request, "name")
    body = await read_object(request)
    port, ip = body.get("port"), optional_text(body, "ip")
    if port is not None and (not isinstance(port, int) or not 0 < port <= LAST_PORT):
        raise RestError(f'The field "port" must be a number from 1 to {LAST_PORT}, not {port!r}.')
    async with context.hold(name):
        worker = _active_worker(context, name)
        problem = await context.operations.set_address(name, port, ip)
    return success({**worker_json(context, worker), "problem": problem})


async def stop_worker(request: web.Request) -> web.Response:
    """`POST /local/workers/{name}/stop`: the Worker and its containers end, and what they stored stays. The
    next deploy starts it.
    """
    context, name = context_of(request), path_part(request, "name")
    async with context.hold(name):
        await context.operations.stop_worker(_active_worker(context, name).name)
    return success({})


async def stop_containers(request: web.Request) -> web.Response:
    """`POST /local/workers/{name}/stop-containers`: the response comes when they are gone. Calls of the
    Worker start them again.
    """
    context, name = context_of(request), path_part(request, "name")
    await context.operations.stop_containers(_active_worker(context, name).name)
    return success({})


async def bring_up(request: web.Request) -> web.Response:
    """`POST /local/workers/{name}/bring-up`: the response comes when one instance of a container class has
    come up.
    """
    context, name = context_of(request), path_part(request, "name")
    class_name = text_field(await read_object(request), "class_name")
    worker = _active_worker(context, name)
    namespace = context.store.namespaces.find(worker.name, class_name)
    if namespace is None:
        raise RestError(
            f'The Worker "{name}" has no Durable Object class "{class_name}".', status=404, code=10061
        )
    if context.store.applications.of_namespace(namespace.id) is None:
        raise RestError(
            f'The class "{class_name}" of the Worker "{name}" has no container application.', status=404
        )
    return success(asdict(await context.operations.bring_up(worker.name, class_name)))


async def show_logs(request: web.Request) -> web.StreamResponse:
    """`GET /local/logs?worker=&tail=&follow=`: one JSON object per line, while the client listens."""
    context = context_of(request)
    worker = request.query.get("worker")
    if worker is not None and context.store.workers.get(worker) is None:
        raise no_worker(worker)
    tail = line_count(request, DEFAULT_TAIL_LINES) or 0
    lines = context.operations.follow_logs(worker, tail, flag(request, "follow"))
    return await stream_lines(request, lines, line_json)


async def tail_worker(request: web.Request) -> web.StreamResponse:
    """`GET /local/workers/{name}/tail`: `{"following": NAME}`, then an event for each call that the Worker
    has handled, one JSON object per line, while the client listens.
    """
    context, name = context_of(request), path_part(request, "name")
    # Not at the same time as a deploy, because this may restart the Worker's runtime.
    async with context.hold(name):
        _active_worker(context, name)
        events = await context.operations.follow_events(name)
    return await stream_lines(request, _announced(name, events), dict)


async def _announced(
    name: str, events: AsyncIterator[Mapping[str, object]]
) -> AsyncIterator[Mapping[str, object]]:
    yield {"following": name}
    async for event in events:
        yield event


async def prune(request: web.Request) -> web.Response:
    """`POST /local/prune` with `{"dry_run": bool}`: what was removed, or would be."""
    dry_run = (await read_object(request)).get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise RestError(f"`dry_run` must be true or false, not {dry_run!r}.")
    return success((await context_of(request).operations.prune(dry_run=dry_run)).as_json())


async def list_snapshots(request: web.Request) -> web.Response:
    """`GET /local/snapshots`: the snapshots of containers, oldest first."""
    context = context_of(request)
    names = {application.id: application.name for application in context.store.applications.all()}
    return success(
        [
            {
                "id": each.id,
                "name": each.name,
                "worker": each.worker,
                "application_id": each.application_id,
                "application": names.get(each.application_id),
                "durable_object_id": each.durable_object_id,
                "image": each.image,
                "size_bytes": each.size_bytes,
                "created_at": timestamp(each.created_at),
                "used_at": timestamp(each.used_at),
                "expires_at": timestamp(each.expires_at),
            }
            for each in context.store.snapshots.all()
        ]
    )


async def delete_snapshot(request: web.Request) -> web.Response:
    """`DELETE /local/snapshots/{id}`."""
    context, snapshot_id = context_of(request), path_part(request, "id")
    if not await context.operations.remove_snapshot(snapshot_id):
        raise RestError(f'There is no snapshot "{snapshot_id}".', status=404)
    return success({})


async def export(request: web.Request) -> web.StreamResponse:
    """`POST /local/export` with `{"passphrase"}`: the platform's state as one file; null or no passphrase
    leaves the secrets out.
    """
    context, passphrase = context_of(request), optional_text(await read_object(request), "passphrase")
    if passphrase == "":
        raise RestError('The field "passphrase" must not be empty.')
    source = context.exports
    async with source.exported(None if passphrase is None else Sensitive(passphrase)) as exported:
        response = web.StreamResponse(headers={"Content-Type": "application/x-tar"})
        response.content_length = len(exported.header) + exported.state.stat().st_size + len(exported.end)
        with contextlib.suppress(ConnectionError):  # the client has closed the connection
            await response.prepare(request)
            await response.write(exported.header)
            with exported.state.open("rb") as state:
                while piece := await asyncio.to_thread(state.read, PIECE_BYTES):
                    await response.write(piece)
            await response.write(exported.end)
            await response.write_eof()
        return response


async def stop(request: web.Request) -> web.Response:
    """`POST /local/stop`: the platform stops after this response."""
    await context_of(request).operations.stop()
    return success({})


def _active_worker(context: ApiContext, name: str) -> Worker:
    worker = context.store.workers.get(name)
    if worker is None or not is_active(worker):
        raise no_worker(name)
    return worker


def is_active(worker: Worker) -> bool:
    """Whether the Worker is deployed and was not stopped."""
    return worker.active_version_id is not None and not worker.is_stopped


def worker_json(context: ApiContext, worker: Worker) -> dict[str, object]:
    status = context.operations.worker_status(worker.name)
    has_address = worker.dispatch_namespace is None
    return {
        "name": worker.name,
        "url": status.url if has_address else None,
        "hostname_url": status.hostname_url(worker.name) if has_address else None,
        "port": status.port if has_address else None,
        "ip": status.ip,
        "state": status.state,
        "error": status.error,
        "version_id": worker.active_version_id,
        "created_on": timestamp(worker.created_on),
        "modified_on": timestamp(worker.modified_on),
    }


def line_json(line: LogLine) -> dict[str, object]:
    fields: dict[str, object] = {"time": timestamp(line.time), "stream": line.stream, "text": line.text}
    return fields if line.worker is None else {**fields, "worker": line.worker}


ROUTES = [
    Route("GET", "/local/status", show_status),
    Route("GET", "/local/workers/{name}", show_worker),
    Route("PUT", "/local/workers/{name}/address", set_address),
    Route("POST", "/local/workers/{name}/stop", stop_worker),
    Route("POST", "/local/workers/{name}/stop-containers", stop_containers),
    Route("POST", "/local/workers/{name}/bring-up", bring_up),
    Route("GET", "/local/workers/{name}/tail", tail_worker),
    Route("GET", "/local/logs", show_logs),
    Route("POST", "/local/prune", prune),
    Route("GET", "/local/snapshots", list_snapshots),
    Route("DELETE", "/local/snapshots/{id}", delete_snapshot),
    Route("POST", "/local/export", export),
    Route("POST", "/local/stop", stop),
]
