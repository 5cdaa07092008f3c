"""The registry's refusals, in the words of the OCI distribution specification 1.1."""

from __future__ import annotations

from aiohttp import web


class RegistryError(Exception):
    """A refused request: `code` is one of the specification's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self) -> web.Response:
        """The refusal as a response."""
        errors = [{"code": self.code, "message": str(self)}]
        # Without this challenge an engine does not send its credentials.
        headers = {"WWW-Authenticate": 'Basic realm="pywrangler"'} if self.status == 401 else None
        return web.json_response({"errors": errors}, status=self.status, headers=headers)


def unauthorized() -> RegistryError:
    """No password, an unknown one, or an expired one."""
    return RegistryError(401, "UNAUTHORIZED", "log in with credentials that the platform made; they run out")


def denied(permission: str) -> RegistryError:
    """Credentials for something else."""
    return RegistryError(403, "DENIED", f"these credentials do not allow to {permission}")


def name_unknown(name: str) -> RegistryError:
    """A repository that does not exist."""
    return RegistryError(404, "NAME_UNKNOWN", f"there is no repository {name}")


def name_invalid(name: str, prefix: str) -> RegistryError:
    """A repository with an invalid name."""
    return RegistryError(400, "NAME_INVALID", f'repositories here are called {prefix}NAME, not "{name}"')


def blob_unknown(digest: str) -> RegistryError:
    """A blob that does not exist."""
    return RegistryError(404, "BLOB_UNKNOWN", f"there is no blob {digest}")


def upload_unknown() -> RegistryError:
    """An upload that does not exist: finished, broken off, or from a former run."""
    return RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload; begin again")


def digest_invalid(digest: str) -> RegistryError:
    """An invalid digest, or one that does not match the content."""
    return RegistryError(400, "DIGEST_INVALID", f'"{digest}" is not the sha256 digest of what was sent')


def manifest_unknown(reference: str) -> RegistryError:
    """A tag or digest without a manifest."""
    return RegistryError(404, "MANIFEST_UNKNOWN", f"there is no manifest {reference}")


def manifest_invalid(reason: str) -> RegistryError:
    """A manifest that cannot be stored."""
    return RegistryError(400, "MANIFEST_INVALID", reason)


def blobs_missing(digests: list[str]) -> RegistryError:
    """A manifest that refers to missing content."""
    return RegistryError(400, "MANIFEST_BLOB_UNKNOWN", f"not in the registry: {', '.join(digests)}")
