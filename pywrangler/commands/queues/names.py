"""Finding queues by their names, and what a command says of those that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.products.queues import Queue

INVALID_CONSUMER_SETTINGS, INVALID_QUEUE_SETTINGS = 100127, 100128


def find(client: Client, name: str) -> Queue:
    """The queue of this name. Raises `PywranglerError` if it does not exist."""
    from pywrangler.cloudflare.products.queues import find_queue, list_queues

    try:
        return find_queue(client, name)
    except PywranglerError as error:
        if error.code == "queue-not-found":
            names = [str(queue["queue_name"]) for queue in list_queues(client)]
            error.hint = nearest(name, names) or error.hint
        raise


@contextmanager
def expecting_settings() -> Iterator[None]:
    """Inside, the API gets settings, which it may refuse."""
    try:
        yield
    except ApiError as error:
        if error.api_code in (INVALID_CONSUMER_SETTINGS, INVALID_QUEUE_SETTINGS):
            whose = "consumer" if error.api_code == INVALID_CONSUMER_SETTINGS else "queue"
            error.hint = f"The {whose}'s settings are not valid. Correct the value that is named above."
        raise
