"""The few families of error that every layer may raise, and the exit statuses they end in.

    PywranglerError            anything the user can act on
    ├── ConfigurationError     what the user wrote in a configuration file (carries every problem found)
    ├── UsageError             what the user wrote on the command line
    ├── MissingError           what this machine lacks: Docker, buildx, workerd, npm, a login
    ├── ApiError               what Cloudflare, or the local platform, refused
    ├── BuildError             a bundle or an image that could not be made
    └── NotReadyError          deployed, but an instance did not come up

Only `pywrangler.commands.running.app` turns an error into text and an exit status. Everything that is not a
`PywranglerError` is a bug and is shown as one. Raise with `from`, so that the cause stays readable with
`--log-level debug`.
"""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit statuses of the command line; scripts may rely on them."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_READY = 3
    """The deployment is active, but an instance did not come up in time."""
    INTERRUPTED = 130


class PywranglerError(Exception):
    """An error the user can act on.

    `message` says what failed and with which value, `hint` what to do about it, `detail` is verbatim material
    that helps (a build step's output, the last log lines of an instance), `code` is a stable name for
    scripts.
    """

    exit_status: ExitStatus = ExitStatus.FAILURE
    code: str = "error"

    def __init__(
        self, message: str, *, hint: str | None = None, detail: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        if code is not None:
            self.code = code

    def as_json(self) -> dict[str, object]:
        """The error as `--json` shows it: `{"code", "message"}` and, where known, `"hint"` and `"detail"`."""
        fields = {"code": self.code, "message": self.message, "hint": self.hint, "detail": self.detail}
        return {name: value for name, value in fields.items() if value is not None}


class FollowingEndedError(Exception):
    """The user ended a command that runs until it is ended. Nothing was left undone."""


class UsageError(PywranglerError):
    """The command line asks for something that does not fit together."""

    exit_status = ExitStatus.USAGE
    code = "usage"


class MissingError(PywranglerError):
    """This machine lacks something the command needs; the hint says how to get it."""

    code = "missing"


class BuildError(PywranglerError):
    """A Worker bundle or a container image could not be made; the detail holds the tool's own words."""

    code = "build"


class NotReadyError(PywranglerError):
    """The deployment is active, but an instance did not come up."""

    exit_status = ExitStatus.NOT_READY
    code = "not-ready"


class ApiError(PywranglerError):
    """The REST API refused a request, or could not be understood.

    `status` is the HTTP status (0 when there was no response), `api_code` the code of the first entry of the
    envelope's
    `errors`, `request_id` Cloudflare's `cf-ray`, `reasons` the messages of `errors`, word for word.
    """

    code = "api"

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        api_code: int | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        detail: str | None = None,
        reasons: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.reasons = reasons
        self.status = status
        self.api_code = api_code
        self.request_id = request_id

    def as_json(self) -> dict[str, object]:
        fields = {"status": self.status or None, "api_code": self.api_code, "request_id": self.request_id}
        return super().as_json() | {name: value for name, value in fields.items() if value is not None}
