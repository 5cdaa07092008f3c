"""Explains why an engine cannot be reached, with a hint: from an address and an error. Pure."""

from __future__ import annotations

import ssl
import sys

from pywrangler.engine.address import EngineAddress
from pywrangler.errors import MissingError, PywranglerError

INSTALL_HINT = "Install Docker: https://docs.docker.com/engine/install/"


class EngineRefusedError(PywranglerError):
    """The engine returned an error. `status` is its HTTP status, the message its own text."""

    code = "engine-refused"

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def explain_connection_failure(address: EngineAddress, error: BaseException) -> MissingError:
    """The error to raise when connecting to `address` failed with `error`, or with what `error` wraps."""
    cause = _operating_system_error(error)
    if isinstance(cause, PermissionError):
        return _not_allowed(address)
    if isinstance(cause, ssl.SSLError):
        return MissingError(
            f"The Docker Engine at {address} refused the TLS connection: {cause.reason or cause}.",
            hint="Check DOCKER_TLS_VERIFY and the certificates in DOCKER_CERT_PATH.",
            code="engine-tls",
        )
    if isinstance(cause, FileNotFoundError):
        reason = "the socket does not exist"
    elif isinstance(cause, ConnectionRefusedError):
        reason = "no program listens there"
    else:
        reason = str(cause)
    return MissingError(
        f"The Docker Engine is not running: cannot connect to {address}: {reason}.",
        hint=_start_hint(address),
        code="engine-not-running",
    )


def not_answering(address: EngineAddress, seconds: float) -> MissingError:
    """The error to raise when the engine accepts connections and gives no response."""
    return MissingError(
        f"The Docker Engine at {address} did not answer within {seconds:.0f} seconds.",
        hint="Look at its log, or start it again.",
        code="engine-not-answering",
    )


def _operating_system_error(error: BaseException) -> BaseException:
    """The OSError behind `error`: HTTP libraries wrap it as cause, context, argument or `reason`."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        current = pending.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        # `requests` errors are OSErrors too, but carry no errno.
        if isinstance(current, OSError) and current.errno is not None:
            return current
        pending += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
    return error


def _not_allowed(address: EngineAddress) -> MissingError:
    return MissingError(
        f"This user may not use the Docker Engine at {address}: permission denied on its socket.",
        hint="Join the docker group (`sudo usermod -aG docker $USER`, then log in again), or use rootless"
        " Docker and set DOCKER_HOST to its socket.",
        code="engine-not-allowed",
    )


def _start_hint(address: EngineAddress) -> str:
    if address.is_of_context:
        return f"Start the engine of {address.origin}, or choose another one with `docker context use NAME`."
    if address.socket_path is None:
        return f"Start the engine, or correct the address in {address.origin}."
    start = (
        "Start Docker Desktop, OrbStack or Colima."
        if sys.platform == "darwin"
        else "Start it with `sudo systemctl start docker` (or `sudo service docker start`)."
    )
    return f"{start} If it listens elsewhere, set DOCKER_HOST. {INSTALL_HINT}"


def dockers_status(status: int, message: str) -> int:
    """The status that Docker's engine would answer with: Podman (4.3) says 500 to a call that does not fit
    the state of a container.
    """
    return 409 if status == 500 and "container state improper" in message else status
