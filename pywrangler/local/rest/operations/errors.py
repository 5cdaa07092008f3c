"""Operations that did not succeed, in ways that the API tells apart."""

from __future__ import annotations

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.operations.records import BringUpFailure


class WorkerStartError(PywranglerError):
    """A version of a Worker did not start; the one before continues. `detail` holds the runtime's output."""

    code = "worker-start"


class BringUpFailed(PywranglerError):  # noqa: N818 - an outcome that callers name, as the API does
    """No instance of a container class came up; `failure` has everything that is known."""

    code = "bring-up"

    def __init__(self, message: str, failure: BringUpFailure) -> None:
        super().__init__(message)
        self.failure = failure


class NoImage(PywranglerError):  # noqa: N818 - an outcome that callers name
    """There is no such image; `problem` says why the engine could not be asked, or is None."""

    code = "image-not-found"

    def __init__(self, name: str, tag: str, problem: str | None) -> None:
        doubt = f" The Docker Engine could not be asked: {problem}" if problem else ""
        super().__init__(f"There is no image `{name}:{tag}` on the local platform.{doubt}")


class ImageInUse(PywranglerError):  # noqa: N818 - an outcome that callers name
    """Applications use the image that a request wants to remove."""

    code = "image-in-use"

    def __init__(self, image: str, applications: tuple[str, ...]) -> None:
        named = ", ".join(f"`{name}`" for name in applications)
        whose = f"The application {named} uses" if len(applications) == 1 else f"The applications {named} use"
        super().__init__(
            f"{whose} the image `{image}`, which was not deleted.",
            hint="Deploy another image first, or delete the application:"
            f" `pywrangler containers delete {applications[0]}`.",
        )


class WorkflowRefused(PywranglerError):  # noqa: N818 - an outcome that callers name
    """The engine of a Workflow refuses a request; the message is the engine's."""

    code = "workflow"
