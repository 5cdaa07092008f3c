"""Pulls images and loads archives. Only this module uses the docker package, for the logins of the CLI.

To import that package takes a quarter of a deploy that changes nothing, so this module is imported late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import docker.errors
import docker.tls
import requests.exceptions
import urllib3
import urllib3.exceptions

from pywrangler.engine.address import EngineAddress, TlsFiles
from pywrangler.engine.failures import explain_connection_failure, not_answering
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import PullStep
from pywrangler.errors import BuildError


class ImageIntake:
    """Brings images into one engine. Every method raises MissingError if the engine is gone."""

    def __init__(self, address: EngineAddress, api_version: str, call_seconds: float) -> None:
        """The version of the engine's interface, and how long a call may take without any response."""
        if address.tls is not None and not address.tls.is_verified:
            # The user has decided it, and each call would warn.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self.address = address
        self._call_seconds = call_seconds
        with self._translated("say its version"):
            self._api = _Api(
                base_url=address.url,
                version=api_version,
                timeout=int(call_seconds),
                tls=_tls_configuration(address.tls),
            )

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def pull(
        self,
        reference: str,
        platform: str,
        report: Callable[[PullStep], None],
        *,
        login: RegistryLogin | None = None,
    ) -> None:
        """Pull an image for `platform`.

        Without a `login` for its registry, the logins of the Docker CLI apply. Raises BuildError with the
        registry's own words if it cannot be pulled.
        """
        config = login.as_config() if login else None
        with self._translated(f"pull {reference}"):
            try:
                pulling = self._api.pull(
                    reference,
                    platform=platform,
                    stream=True,
                    decode=True,
                    auth_config=config,
                )
                # The engine has sent status 200 when a pull fails: the reason is an entry of the stream.
                for event in pulling:
                    if "error" in event:
                        raise _not_pulled(reference, event["error"])
                    report(PullStep.from_json(event))
            except docker.errors.APIError as error:
                raise _not_pulled(reference, error.explanation or str(error)) from error

    def load(self, archive: Path) -> None:
        """Take the images of an archive. Raises BuildError with the engine's own words."""
        with self._translated("load an image"), archive.open("rb") as stream:
            for event in self._api.load_image(stream) or ():  # type: ignore[no-untyped-call]
                if "error" in event:
                    raise BuildError(f"An image could not be loaded: {event['error']}", code="image-pull")

    @contextmanager
    def _translated(self, intention: str) -> Iterator[None]:
        """Turn what the docker package raises into our errors; `intention` completes "could not ..."."""
        try:
            yield
        except docker.errors.APIError as error:
            raise BuildError(
                f"The Docker Engine could not {intention}: {error.explanation or error}",
                code="engine-refused",
            ) from error
        # The docker package does not convert urllib3's errors while it reads a stream.
        except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise not_answering(self.address, self._call_seconds) from error
        except (
            docker.errors.DockerException,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise explain_connection_failure(self.address, error) from error


def _not_pulled(reference: str, reason: str) -> BuildError:
    return BuildError(
        f"The image {reference} could not be pulled: {reason}",
        hint="Check the name. A private registry needs a login: `docker login REGISTRY`.",
        code="image-pull",
    )


class _Api(docker.APIClient):
    """Its `requests` session would let REQUESTS_CA_BUNDLE replace the certificates of the engine."""

    trust_env = property(lambda _: False, lambda _self, _value: None)


def _tls_configuration(files: TlsFiles | None) -> Any:
    if files is None:
        return False
    pair = (str(files.certificate), str(files.key)) if files.certificate and files.key else None
    return docker.tls.TLSConfig(
        client_cert=pair, ca_cert=str(files.ca) if files.ca else None, verify=files.is_verified
    )
