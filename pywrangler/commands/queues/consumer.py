"""`pywrangler queues consumer`: what takes the messages of queues; Workers, and clients that pull by HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.queues.names import expecting_settings, find
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import no_worker
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.queues import Queue

CONSUMER_EXISTS, NO_SUCH_WORKER = 11004, 10007
WORKER_FIELDS = ("batch_size", "max_retries", "max_wait_time_ms", "max_concurrency", "retry_delay")
PULL_FIELDS = ("batch_size", "max_retries", "visibility_timeout_ms", "retry_delay")

QueueName = Annotated[str, typer.Argument(metavar="QUEUE", help="Name of the queue.")]
Script = Annotated[str, typer.Argument(metavar="WORKER", help="Name of the Worker.")]


def _number(option: str, text: str, least: int, most: int | None = None) -> Any:
    return typer.Option(option, metavar="NUMBER", help=text, min=least, max=most)


BatchSize = Annotated[int | None, _number("--batch-size", "Maximum number of messages in a batch.", 1, 100)]
BatchTimeout = Annotated[
    int | None, _number("--batch-timeout", "Seconds until a batch that is not full is delivered.", 0, 60)
]
Retries = Annotated[int | None, _number("--message-retries", "How often a message is tried again.", 0, 100)]
DeadLetterQueue = Annotated[
    str | None, typer.Option("--dead-letter-queue", metavar="QUEUE", help="Where failing messages go.")
]
Concurrency = Annotated[
    int | None, _number("--max-concurrency", "Maximum number of concurrent calls of the Worker.", 1, 250)
]
RetryDelay = Annotated[
    int | None, _number("--retry-delay-secs", "Seconds before a message is tried again.", 0, 86_400)
]
Visibility = Annotated[
    int | None,
    _number("--visibility-timeout-secs", "Seconds until a message that was pulled is seen again.", 0, 43_200),
]


def add_worker(
    run: Invocation,
    queue: QueueName,
    worker: Script,
    batch_size: BatchSize = None,
    batch_timeout: BatchTimeout = None,
    retries: Retries = None,
    dead_letter_queue: DeadLetterQueue = None,
    concurrency: Concurrency = None,
    retry_delay: RetryDelay = None,
) -> None:
    """Make a Worker the consumer of a queue.

    Example: pywrangler queues consumer add jobs my-worker --batch-size 10
    Example: pywrangler queues consumer worker add jobs my-worker
    """
    settings = {
        "batch_size": batch_size,
        "max_retries": retries,
        "max_wait_time_ms": None if batch_timeout is None else 1000 * batch_timeout,
        "max_concurrency": concurrency,
        "retry_delay": retry_delay,
    }
    body = {"type": "worker", "script_name": worker, "environment_name": run.options.environment or ""}
    _add(run, queue, body, settings, dead_letter_queue)


def add_pull(
    run: Invocation,
    queue: QueueName,
    batch_size: BatchSize = None,
    retries: Retries = None,
    dead_letter_queue: DeadLetterQueue = None,
    visibility: Visibility = None,
    retry_delay: RetryDelay = None,
) -> None:
    """Let clients pull the messages of a queue by HTTP.

    Example: pywrangler queues consumer http add jobs
    """
    settings = {
        "batch_size": batch_size,
        "max_retries": retries,
        "visibility_timeout_ms": 1000 * visibility if visibility else None,
        "retry_delay": retry_delay,
    }
    _add(run, queue, {"type": "http_pull"}, settings, dead_letter_queue)


def _add(
    run: Invocation,
    name: str,
    body: dict[str, Any],
    settings: dict[str, Any],
    dead_letter_queue: str | None,
) -> None:
    from pywrangler.cloudflare.products.queues import add_consumer

    body["settings"] = {field: value for field, value in settings.items() if value is not None}
    if dead_letter_queue:
        body["dead_letter_queue"] = dead_letter_queue
    client = run.changing_client()
    queue = find(client, name)
    try:
        with expecting_settings():
            add_consumer(client, queue, body)
    except ApiError as error:
        if error.api_code == CONSUMER_EXISTS:
            error.message, error.detail = f"The queue `{name}` already has a consumer.", None
            error.hint = f"`pywrangler queues consumer list {name}` shows it. Remove it first."
        elif error.api_code == NO_SUCH_WORKER and "script_name" in body:
            raise no_worker(client, body["script_name"]) from error
        raise
    run.console.success(f"Added the consumer to the queue {name}.")


def remove_worker(run: Invocation, queue: QueueName, worker: Script) -> None:
    """Remove a Worker as the consumer of a queue, whose messages then wait.

    Example: pywrangler queues consumer remove jobs my-worker
    Example: pywrangler queues consumer worker remove jobs my-worker
    """
    from pywrangler.cloudflare.products.queues import remove_consumer, worker_consumers

    client = run.changing_client()
    found = find(client, queue)
    mine = [each for each in worker_consumers(found, worker) if each.get("type") == "worker"]
    if not mine:
        raise PywranglerError(
            f"The Worker `{worker}` is not a consumer of the queue `{queue}`.",
            hint=_hint(found),
            code="consumer-not-found",
        )
    remove_consumer(client, found, _of_environment(mine, run.options.environment))
    run.console.success(f"Removed the consumer from the queue {queue}.")


def remove_pull(run: Invocation, queue: QueueName) -> None:
    """Remove the HTTP pull consumer of a queue.

    Example: pywrangler queues consumer http remove jobs
    """
    from pywrangler.cloudflare.products.queues import consumers_of, remove_consumer

    client = run.changing_client()
    found = find(client, queue)
    pulling = consumers_of(found, ("http_pull",))
    if not pulling:
        raise PywranglerError(
            f"The messages of the queue `{queue}` are not pulled by HTTP.",
            hint=_hint(found),
            code="consumer-not-found",
        )
    remove_consumer(client, found, pulling[0])
    run.console.success(f"Removed the consumer from the queue {queue}.")


def list_(run: Invocation, queue: QueueName, as_json: AsJson = False) -> None:
    """List the consumers of a queue.

    Example: pywrangler queues consumer list jobs
    """
    _list(run, queue, ("worker", "http_pull"), as_json=as_json)


def list_workers(run: Invocation, queue: QueueName, as_json: AsJson = False) -> None:
    """List the Workers that are consumers of a queue.

    Example: pywrangler queues consumer worker list jobs
    """
    _list(run, queue, ("worker",), as_json=as_json)


def list_pulls(run: Invocation, queue: QueueName, as_json: AsJson = False) -> None:
    """List the consumers of a queue that pull by HTTP.

    Example: pywrangler queues consumer http list jobs
    """
    _list(run, queue, ("http_pull",), as_json=as_json)


def _list(run: Invocation, name: str, types: Sequence[str], *, as_json: bool) -> None:
    from pywrangler.cloudflare.products.queues import consumers_of

    found = consumers_of(find(run.client, name), types)
    if as_json:
        run.console.json(found)
        return
    if not found:
        run.console.info(f"The queue {name} has no such consumer.")
    for type_, fields in (("worker", WORKER_FIELDS), ("http_pull", PULL_FIELDS)):
        if rows := [_row(each, fields) for each in found if each.get("type") == type_]:
            named = ["script"] if type_ == "worker" else []
            columns = ["consumer_id", *named, "dead_letter_queue", *fields]
            run.console.table([column.replace("_", " ") for column in columns], rows)


def _row(consumer: dict[str, Any], fields: Sequence[str]) -> list[str]:
    settings = consumer.get("settings") or {}
    script = [consumer.get("script") or consumer.get("service")] if consumer.get("type") == "worker" else []
    values = [
        consumer.get("consumer_id"),
        *script,
        consumer.get("dead_letter_queue"),
        *(settings.get(field) for field in fields),
    ]
    return ["-" if value is None else str(value) for value in values]


def _of_environment(consumers: Sequence[dict[str, Any]], environment: str | None) -> dict[str, Any]:
    """The consumer of an environment, where a Worker of the older kind has several."""
    return next((each for each in consumers if each.get("environment") == environment), consumers[0])


def _hint(queue: Queue) -> str:
    from pywrangler.cloudflare.products.queues import consumers_of

    found = consumers_of(queue)
    if not found:
        return "It has no consumer."
    script = found[0].get("script") or found[0].get("service")
    return f"Its consumer is the Worker `{script}`." if script else "Its messages are pulled by HTTP."
