"""`pywrangler containers stats`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.containers.inside.choice import instances_of, local_fleet
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import FollowingEndedError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.instances import KnownInstance
    from pywrangler.inside.usage import Meter, Usage

INTERVAL_SECONDS = 1.0
COLUMNS = ("INSTANCE", "CPU", "MEMORY", "LIMIT", "MEM", "NET IN", "NET OUT", "PIDS")

OptionalReference = Annotated[
    str | None,
    typer.Argument(metavar="[APP[/INSTANCE]]", help="Application, or one instance of it; default: all."),
]
NoStream = Annotated[
    bool, typer.Option("--no-stream", help="Print the figures once. Without a terminal it is always so.")
]


def stats(
    run: Invocation,
    application: OptionalReference = None,
    no_stream: NoStream = False,
    as_json: AsJson = False,
) -> None:
    """Show the CPU, memory, network and processes of running instances, on the local platform.

    On a terminal the table is renewed every second, until Ctrl-C. CPU is the share of one core. Memory is
    counted as `docker stats` does, without the page cache that can be dropped.

    Example: pywrangler containers stats my-app --json
    """
    own = local_fleet(run, "stats").engine
    meters: dict[str, Meter] = {}
    is_live = run.shows_output_to_a_person and not as_json and not no_stream
    try:
        while True:
            began = time.monotonic()
            instances = _running(run, application)
            usage = _measure(meters, instances, own)
            rows = [
                (each, usage[each.container_id or ""]) for each in instances if each.container_id in usage
            ]
            _show(run, rows, as_json=as_json, is_live=is_live)
            if not is_live:
                return
            time.sleep(max(INTERVAL_SECONDS - (time.monotonic() - began), 0.1))
    except KeyboardInterrupt:
        if is_live:
            raise FollowingEndedError from None
        raise


def _measure(
    meters: dict[str, Meter], instances: Iterable[KnownInstance], own: dict[str, Any]
) -> dict[str, Usage]:
    """What the instances use, by their containers. Each engine has a meter, made at its first use."""
    from pywrangler.inside.engine import engine_session
    from pywrangler.inside.usage import Meter

    containers: dict[str, list[str]] = {}
    for each in instances:
        address = each.engine or own
        url = str(address["url"])
        if url not in meters:
            meters[url] = Meter(engine_session(address))
        containers.setdefault(url, []).append(each.container_id or "")
    usage: dict[str, Usage] = {}
    for url, ids in containers.items():
        usage |= meters[url].measure(ids)
    return usage


def _running(run: Invocation, reference: str | None) -> list[KnownInstance]:
    fleet = local_fleet(run, "stats")
    found = list(fleet.instances) if reference is None else instances_of(fleet, reference)
    running = [each for each in found if each.is_alive and each.container_id]
    return sorted(running, key=lambda each: (each.application, each.label))


def _show(run: Invocation, rows: list[tuple[KnownInstance, Usage]], *, as_json: bool, is_live: bool) -> None:
    if as_json:
        run.console.json([_fields(instance, usage) for instance, usage in rows])
        return
    if is_live:
        run.console.clear_screen()
    if rows:
        run.console.table(COLUMNS, [_cells(instance, usage) for instance, usage in rows])
    else:
        run.console.info("No instance runs.")
    run.console.flush()


def _fields(instance: KnownInstance, usage: Usage) -> dict[str, Any]:
    sample = usage.sample
    return {
        "id": instance.id,
        "name": instance.name,
        "application": instance.application,
        "state": instance.state,
        "cpu_percent": usage.cpu_percent,
        "memory_bytes": sample.memory_bytes,
        "memory_limit_bytes": sample.memory_limit_bytes,
        "memory_percent": usage.memory_percent,
        "network_received_bytes": sample.received_bytes,
        "network_sent_bytes": sample.sent_bytes,
        "processes": sample.processes,
    }


def _cells(instance: KnownInstance, usage: Usage) -> list[str | int | None]:
    from pywrangler.console.tables import SHORT_ID
    from pywrangler.wording import readable_bytes, readable_memory

    sample = usage.sample
    return [
        f"{instance.application}/{instance.name or instance.id[:SHORT_ID]}",
        None if usage.cpu_percent is None else f"{usage.cpu_percent:.1f} %",
        readable_memory(sample.memory_bytes),
        readable_memory(sample.memory_limit_bytes),
        None if usage.memory_percent is None else f"{usage.memory_percent:.1f} %",
        readable_bytes(sample.received_bytes),
        readable_bytes(sample.sent_bytes),
        sample.processes,
    ]
