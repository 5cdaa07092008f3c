"""The Docker Engine for everything outside of the path of a request. Only this module uses the docker
package.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import docker.errors
import docker.tls
import docker.utils
import requests.exceptions
import urllib3
import urllib3.exceptions

from pywrangler.engine.address import EngineAddress, TlsFiles
from pywrangler.engine.failures import explain_connection_failure, not_answering
from pywrangler.engine.labels import PLATFORM, platform_filter
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import (
    ContainerSummary,
    EngineVersion,
    ImageFacts,
    LabelledImage,
    NetworkSummary,
    PullStep,
    TaggedImage,
    is_podman,
)
from pywrangler.errors import BuildError

CONNECT_SECONDS = 10.0
FIRST_CALL_SECONDS = 20
"""How long the engine may take to say its version."""
CALL_SECONDS = 60
"""How long one call may take without any response. A pull sends progress all the time."""


def connect(address: EngineAddress) -> Engine:
    """The engine at `address`, when it has answered. Raises MissingError if it does not answer."""
    if address.tls is not None and not address.tls.is_verified:
        # The user has decided it, and each call would warn.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        _try_connecting(address)
        api = _Api(
            base_url=address.url,
            version="auto",
            timeout=FIRST_CALL_SECONDS,
            tls=_tls_configuration(address.tls),
        )
        api.timeout = CALL_SECONDS
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        if _is_late(error):
            raise not_answering(address, FIRST_CALL_SECONDS) from error
        raise explain_connection_failure(address, error) from error
    return Engine(api, address)


class Engine:
    """A connection to one engine. Every method raises MissingError if the engine is gone."""

    def __init__(self, api: docker.APIClient, address: EngineAddress) -> None:
        self.address = address
        self._api = api

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def ping(self) -> None:
        """Return when the engine answers."""
        with self._translated("answer"):
            self._api.ping()

    def version(self) -> EngineVersion:
        """The engine's version and platform."""
        with self._translated("say its version"):
            response = self._api.version()
        return EngineVersion(response["Version"], response["ApiVersion"], response["Os"], response["Arch"])

    @property
    def is_podman(self) -> bool:
        """Whether it is Podman, which serves Docker's interface and has no BuildKit."""
        with self._translated("say its version"):
            return is_podman(self._api.version())

    def asks_registries(self) -> bool:
        """Whether builds ask the registry for an existing tag. With the store of containerd they do."""
        with self._translated("describe itself"):
            driver = self._api.info().get("DriverStatus") or ()
        return ["driver-type", "io.containerd.snapshotter.v1"] in driver

    def image(self, reference: str) -> ImageFacts | None:
        """The image, or None when it is not in the engine's store.

        `name@sha256:...` is looked up unchanged (a digest in a registry), then as an image id, because an
        image that was never in a registry is pinned this way.
        """
        candidates = [reference]
        if "@sha256:" in reference:
            candidates.append(reference.rpartition("@")[2])
        for candidate in candidates:
            with self._translated(f"inspect the image {candidate}"):
                try:
                    inspected = self._api.inspect_image(candidate)  # type: ignore[no-untyped-call]
                    return ImageFacts.from_json(inspected)
                except docker.errors.NotFound:
                    continue
        return None

    def pull(
        self,
        reference: str,
        platform: str,
        report: Callable[[PullStep], None],
        *,
        login: RegistryLogin | None = None,
    ) -> ImageFacts:
        """Pull an image for `platform` and return it.

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
        pulled = self.image(reference)
        if pulled is None:
            raise BuildError(f"{reference} was pulled, but the engine does not have it.", code="image-pull")
        return pulled

    def push(self, reference: str, login: RegistryLogin, report: Callable[[PullStep], None]) -> str:
        """Push an image; returns its digest (`sha256:...`).

        Raises BuildError with the registry's own words.
        """
        repository, _, tag = reference.rpartition(":")
        digest, config = "", login.as_config()
        with self._translated(f"push {reference}"), _registry_speaks(reference):
            for event in self._api.push(repository, tag, stream=True, decode=True, auth_config=config):
                if "error" in event:
                    raise BuildError(f"{reference} could not be pushed: {event['error']}", code="image-push")
                # One entry near the end has it, in `aux`; the others report progress.
                digest = (event.get("aux") or {}).get("Digest", digest)
                if "status" in event:
                    report(PullStep.from_json(event))
        return digest

    def save(self, image_id: str, archive: Path) -> None:
        """Write an image as an archive, as `docker save` does. Raises `OSError` for the file."""
        with self._translated(f"save the image {image_id}"), archive.open("wb") as stream:
            for piece in self._api.get_image(image_id):
                stream.write(piece)

    def load(self, archive: Path) -> None:
        """Take the images of an archive. Raises BuildError with the engine's own words."""
        with self._translated("load an image"), archive.open("rb") as stream:
            for event in self._api.load_image(stream) or ():  # type: ignore[no-untyped-call]
                if "error" in event:
                    raise BuildError(f"An image could not be loaded: {event['error']}", code="image-pull")

    def tag(self, image_id: str, reference: str) -> None:
        """Give an image one more name; one without a tag gets `latest`, as everywhere in Docker."""
        repository, tag = docker.utils.parse_repository_tag(reference)
        with self._translated(f"tag {image_id} as {reference}"):
            self._api.tag(image_id, repository, tag)

    def remove_image(self, reference: str) -> None:
        """Remove a name of an image, and with the last name the image. An unknown name is not an error."""
        with self._translated(f"remove the image {reference}"):
            try:
                self._api.remove_image(reference)
            except docker.errors.NotFound:
                return

    def containers(self, platform_id: str) -> list[ContainerSummary]:
        """All containers, running or not, that one local platform owns."""
        with self._translated("list containers"):
            listed = self._api.containers(all=True, filters=platform_filter(platform_id))
        return [ContainerSummary.from_json(entry) for entry in listed]

    def all_containers(self) -> list[ContainerSummary]:
        """Every container of the engine, of any owner."""
        with self._translated("list containers"):
            return [ContainerSummary.from_json(entry) for entry in self._api.containers(all=True)]

    def platform_networks(self) -> list[NetworkSummary]:
        """The networks of all local platforms that use the engine."""
        with self._translated("list networks"):
            listed = self._api.networks(filters={"label": [PLATFORM]})
        return [NetworkSummary.from_json(entry) for entry in listed]

    def tagged_images(self, pattern: str) -> list[TaggedImage]:
        """The names with a tag in the image store that match, such as `pywrangler.local/*`."""
        return self._named_images(pattern, "RepoTags")

    def pinned_images(self) -> list[TaggedImage]:
        """The names with a digest in the image store, of pulled and pushed images."""
        return self._named_images(None, "RepoDigests")

    def labelled_images(self) -> list[LabelledImage]:
        """The images with a label of any local platform."""
        with self._translated("list images"):
            listed = self._api.images(filters={"label": [PLATFORM]})
        return [
            LabelledImage(
                entry["Id"],
                tuple(tag for tag in entry.get("RepoTags") or () if "<none>" not in tag),
                entry.get("Labels") or {},
            )
            for entry in listed
        ]

    def _named_images(self, pattern: str | None, kind: str) -> list[TaggedImage]:
        with self._translated("list images"):
            listed = self._api.images(filters={"reference": pattern} if pattern else None)
        return [
            TaggedImage(name, entry["Id"], entry["Size"], entry["Created"])
            for entry in listed
            for name in entry.get(kind) or ()
        ]

    def log_tail(self, container: str, lines: int) -> list[str]:
        """The last lines of a container's output and errors; none for a container that is gone."""
        with self._translated(f"read the log of {container}"):
            try:
                output: bytes = self._api.logs(container, stdout=True, stderr=True, tail=lines)
            except docker.errors.NotFound:
                return []
        return output.decode(errors="replace").splitlines()

    def remove_container(self, container: str) -> None:
        """Kill and remove a container. It need not exist."""
        with self._translated(f"remove the container {container}"):
            try:
                # `v`: with its anonymous volumes, which have no other owner.
                self._api.remove_container(container, force=True, v=True)
            except docker.errors.NotFound:
                return

    def networks(self, platform_id: str) -> list[str]:
        """Ids of all networks that one local platform owns."""
        with self._translated("list networks"):
            return [entry["Id"] for entry in self._api.networks(filters=platform_filter(platform_id))]

    def remove_network(self, network: str) -> None:
        """Remove a network. It need not exist."""
        with self._translated(f"remove the network {network}"):
            try:
                self._api.remove_network(network)
            except docker.errors.NotFound:
                return

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
            raise not_answering(self.address, CALL_SECONDS) from error
        except (
            docker.errors.DockerException,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
        ) as error:
            raise explain_connection_failure(self.address, error) from error


@contextmanager
def _registry_speaks(reference: str) -> Iterator[None]:
    """Report the registry if nothing moves, because the engine reports all progress of a push."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError as error:
        raise BuildError(
            f"{reference} could not be pushed: the registry accepted no data for {CALL_SECONDS} seconds.",
            code="image-push",
        ) from error


def _is_late(error: BaseException) -> bool:
    """Whether an engine accepted the connection and gave no response; the docker package wraps that."""
    causes = (error, error.__cause__, error.__context__, *error.args)
    return any(isinstance(cause, requests.exceptions.ReadTimeout) for cause in causes)


def _not_pulled(reference: str, reason: str) -> BuildError:
    return BuildError(
        f"The image {reference} could not be pulled: {reason}",
        hint="Check the name. A private registry needs a login: `docker login REGISTRY`.",
        code="image-pull",
    )


class _Api(docker.APIClient):
    """Its `requests` session would let REQUESTS_CA_BUNDLE replace the certificates of the engine."""

    trust_env = property(lambda _: False, lambda _self, _value: None)


def _try_connecting(address: EngineAddress) -> None:
    """Raise OSError if no program accepts connections. Without this check docker 7.2 would leave a socket
    open.
    """
    if address.socket_path is None:
        socket.create_connection(address.host_and_port, timeout=CONNECT_SECONDS).close()
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CONNECT_SECONDS)
        probe.connect(str(address.socket_path))


def _tls_configuration(files: TlsFiles | None) -> Any:
    if files is None:
        return False
    pair = (str(files.certificate), str(files.key)) if files.certificate and files.key else None
    return docker.tls.TLSConfig(
        client_cert=pair, ca_cert=str(files.ca) if files.ca else None, verify=files.is_verified
    )
