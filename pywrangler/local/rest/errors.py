"""Refusals of the API. Each has its HTTP status and Cloudflare's code.

Codes that clients react to are Cloudflare's (workers-sdk 4.164: 10007 and 10090 no such Worker, 10056 no such
binding, 10057 inherited binding missing, 10061 class without migration, 10079 migration tag, 7003 no such
route, 10000 authentication); others reuse the code of the same kind of error.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.envelope import failure
from pywrangler.local.rest.operations import BringUpFailed, ImageInUse, NoImage, WorkerStartError
from pywrangler.version import VERSION

INVALID = 10021
"""Something in the upload or the request is not valid."""
BRING_UP_FAILED = 10500
INTERNAL = 10013


class RestError(Exception):
    """A refused request. `result` is what the envelope's `result` holds besides the error, `meta` what the
    error holds besides its message.
    """

    def __init__(
        self, message: str, *, status: int = 400, code: int = INVALID, result: Any = None, meta: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.result = result
        self.meta = meta

    def response(self) -> web.Response:
        """The refusal as a response."""
        error = {"code": self.code, "message": self.message} | ({"meta": self.meta} if self.meta else {})
        return failure(self.status, [error], self.result)


def explained(message: str, hint: str, *, status: int = 400, code: int = INVALID) -> RestError:
    """A refusal that our command line shows unchanged: what is wrong, and what to do."""
    words = {"message": message, "hint": hint}
    return RestError(f"{message} {hint}", status=status, code=code, meta={"explained": words})


def outdated() -> RestError:
    """The platform cannot serve a request because its program files were replaced while it runs."""
    return explained(
        f"The local platform runs pywrangler {VERSION} as of its start, and its files were replaced.",
        "Run `pywrangler local stop`, then the command again. Stored data is kept.",
        status=424,
        code=INTERNAL,
    )


def no_route(path: str) -> RestError:
    """Nothing is served at a path."""
    return RestError(
        f"Could not route to {path}, perhaps your object identifier is invalid?", status=404, code=7003
    )


def unsupported(what: str) -> RestError:
    """A feature of Cloudflare that the local platform does not have."""
    return RestError(f"The local platform does not support {what}.", status=501, code=10501)


def not_in_cluster(what: str) -> RestError:
    """Something that a platform alone can do, and a node of a cluster cannot."""
    return explained(
        f"This platform is a node of a cluster, where {what} do not work: other nodes do not have their"
        " data.",
        "Deploy this project to Cloudflare, or to a local platform that is not a node: set PYWRANGLER_HOME to"
        " another directory.",
        status=409,
    )


def no_worker(name: str) -> RestError:
    """There is no Worker of that name."""
    return RestError(f'This Worker does not exist on your account: "{name}".', status=404, code=10007)


def no_service(name: str) -> RestError:
    """There is no Worker of that name, in the words of the services endpoints."""
    return RestError(f'workers.api.error.service_not_found: "{name}"', status=404, code=10090)


def no_version(version_id: str) -> RestError:
    """The Worker has no such version."""
    return RestError(f"There is no version {version_id} of this Worker.", status=404, code=100146)


def no_application(application_id: str) -> RestError:
    """There is no such application."""
    return RestError(f"APPLICATION_NOT_FOUND: {application_id}", status=404, code=1000)


def invalid_input(message: str) -> RestError:
    """A request to the containers API whose input is wrong; wrangler shows what follows the name."""
    return RestError(f"VALIDATE_INPUT: {message}", status=400, code=1000)


def translate(error: PywranglerError) -> RestError:
    """A refusal for an error of another part of the platform."""
    if isinstance(error, BringUpFailed):
        return RestError(error.message, status=422, code=BRING_UP_FAILED, result=error.failure.as_json())
    if isinstance(error, NoImage | ImageInUse):
        status = 404 if isinstance(error, NoImage) else 409
        text = f"{error.message} {error.hint or ''}".rstrip()
        return RestError(text, status=status, code=1000, meta={"explained": error.as_json()})
    if isinstance(error, WorkerStartError):
        parts = [error.message, error.detail, error.hint]
        text = "\n".join(part for part in parts if part)
        return RestError(text, status=400, code=INVALID, meta={"explained": error.as_json()})
    # 424 and not 500: clients repeat a request that got 500, and repeating does not help here.
    end = "" if error.message.endswith((".", "?", "!")) else "."
    message = f"{error.message}{end} {error.hint}" if error.hint else error.message
    return RestError(message, status=424, code=INTERNAL)
