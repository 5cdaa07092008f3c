"""The Docker Engine for everything outside of the path of a request. Only pulls need the docker package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import EngineRefusedError, explain_connection_failure, not_answering
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
from pywrangler.engine.session import EngineSession
from pywrangler.errors import BuildError

if TYPE_CHECKING:
    from pywrangler.engine.intake import ImageIntake

FIRST_CALL_SECONDS = 20
"""How long the engine may take to say its version."""
CALL_SECONDS = 60
"""How long one call may take without any response. A pull sends progress all the time."""
NOT_FOUND = 404
PIECE_BYTES = 1024 * 1024


def connect(address: EngineAddress) -> Engine:
    """The engine at `address`, when it has answered. Raises MissingError if it does not answer."""
    version = EngineSession(address, FIRST_CALL_SECONDS).json("GET", "/version")
    return Engine(EngineSession(address, CALL_SECONDS), version)


class Engine:
    """One engine, which has answered. Every method raises MissingError if the engine is gone."""

    def __init__(self, session: EngineSession, version: Mapping[str, Any]) -> None:
        """`version` is what the engine said at `GET /version`."""
        self.address = session.address
        self._session = session
        self._version = version

    def close(self) -> None:
        """Close what is open to the engine; a later call opens it again."""
        if "_intake" in self.__dict__:
            self._intake.close()
            del self._intake

    def ping(self) -> None:
        """Return when the engine answers."""
        with self._translated("answer"), self._session.open("GET", "/_ping") as response:
            response.read()

    def version(self) -> EngineVersion:
        """The engine's version and platform, as it said them when it was connected."""
        found = self._version
        return EngineVersion(found["Version"], found["ApiVersion"], found["Os"], found["Arch"])

    @property
    def is_podman(self) -> bool:
        """Whether it is Podman, which serves Docker's interface and has no BuildKit."""
        return is_podman(self._version)

    def asks_registries(self) -> bool:
        """Whether builds ask the registry for an existing tag. With the store of containerd they do."""
        driver = self._ask("describe itself", "/info").get("DriverStatus") or ()
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
            with self._translated(f"inspect the image {candidate}"), _found_or_not():
                return ImageFacts.from_json(self._session.json("GET", f"/images/{_quoted(candidate)}/json"))
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
        self._intake.pull(reference, platform, report, login=login)
        pulled = self.image(reference)
        if pulled is None:
            raise BuildError(f"{reference} was pulled, but the engine does not have it.", code="image-pull")
        return pulled

    def push(self, reference: str, login: RegistryLogin, report: Callable[[PullStep], None]) -> str:
        """Push an image; returns its digest (`sha256:...`).

        Raises BuildError with the registry's own words.
        """
        repository, _, tag = reference.rpartition(":")
        digest, headers = "", {"X-Registry-Auth": login.as_header()}
        with (
            self._translated(f"push {reference}"),
            self._session.open(
                "POST", f"/images/{_quoted(repository)}/push", query={"tag": tag}, headers=headers
            ) as response,
        ):
            for event in _events(response, f"{reference} could not be pushed: the registry accepted no data"):
                if "error" in event:
                    raise BuildError(f"{reference} could not be pushed: {event['error']}", code="image-push")
                # One entry near the end has it, in `aux`; the others report progress.
                digest = (event.get("aux") or {}).get("Digest", digest)
                if "status" in event:
                    report(PullStep.from_json(event))
        if not digest:
            raise BuildError(f"{reference} could not be pushed: the engine broke off.", code="image-push")
        return digest

    def save(self, image_id: str, archive: Path) -> None:
        """Write an image as an archive, as `docker save` does. Raises `OSError` for the file."""
        with (
            self._translated(f"save the image {image_id}"),
            self._session.open("GET", f"/images/{_quoted(image_id)}/get") as response,
            archive.open("wb") as stream,
        ):
            while piece := response.read(PIECE_BYTES):
                stream.write(piece)

    def load(self, archive: Path) -> None:
        """Take the images of an archive. Raises BuildError with the engine's own words."""
        self._intake.load(archive)

    def tag(self, image_id: str, reference: str) -> None:
        """Give an image one more name; one without a tag gets `latest`, as everywhere in Docker."""
        query = dict(zip(("repo", "tag"), split_tag(reference), strict=True))
        with self._translated(f"tag {image_id} as {reference}"):
            self._session.json("POST", f"/images/{_quoted(image_id)}/tag", query=query)

    def remove_image(self, reference: str) -> None:
        """Remove a name of an image, and with the last name the image. An unknown name is not an error."""
        self._remove(f"remove the image {reference}", f"/images/{_quoted(reference)}")

    def containers(self, platform_id: str) -> list[ContainerSummary]:
        """All containers, running or not, that one local platform owns."""
        return self._containers({"all": "1", "filters": json.dumps(platform_filter(platform_id))})

    def all_containers(self) -> list[ContainerSummary]:
        """Every container of the engine, of any owner."""
        return self._containers({"all": "1"})

    def platform_networks(self) -> list[NetworkSummary]:
        """The networks of all local platforms that use the engine."""
        listed = self._ask("list networks", "/networks", {"filters": json.dumps({"label": [PLATFORM]})})
        return [NetworkSummary.from_json(entry) for entry in listed]

    def tagged_images(self, pattern: str) -> list[TaggedImage]:
        """The names with a tag in the image store that match, such as `pywrangler.local/*`."""
        return self._named_images({"reference": [pattern]}, "RepoTags")

    def pinned_images(self) -> list[TaggedImage]:
        """The names with a digest in the image store, of pulled and pushed images."""
        return self._named_images({}, "RepoDigests")

    def labelled_images(self) -> list[LabelledImage]:
        """The images with a label of any local platform."""
        return [
            LabelledImage(
                entry["Id"],
                tuple(tag for tag in entry.get("RepoTags") or () if "<none>" not in tag),
                entry.get("Labels") or {},
            )
            for entry in self._images({"label": [PLATFORM]})
        ]

    def remove_container(self, container: str) -> None:
        """Kill and remove a container. It need not exist."""
        # `v`: with its anonymous volumes, which have no other owner.
        path, query = f"/containers/{_quoted(container)}", {"force": "1", "v": "1"}
        self._remove(f"remove the container {container}", path, query)

    def networks(self, platform_id: str) -> list[str]:
        """Ids of all networks that one local platform owns."""
        query = {"filters": json.dumps(platform_filter(platform_id))}
        return [entry["Id"] for entry in self._ask("list networks", "/networks", query)]

    def remove_network(self, network: str) -> None:
        """Remove a network. It need not exist."""
        self._remove(f"remove the network {network}", f"/networks/{_quoted(network)}")

    @cached_property
    def _intake(self) -> ImageIntake:
        from pywrangler.engine.intake import ImageIntake

        return ImageIntake(self.address, str(self._version["ApiVersion"]), CALL_SECONDS)

    def _containers(self, query: Mapping[str, str]) -> list[ContainerSummary]:
        listed = self._ask("list containers", "/containers/json", query)
        return [ContainerSummary.from_json(entry) for entry in listed]

    def _images(self, filters: Mapping[str, Any]) -> Any:
        return self._ask("list images", "/images/json", {"filters": json.dumps(filters)})

    def _named_images(self, filters: Mapping[str, Any], kind: str) -> list[TaggedImage]:
        return [
            TaggedImage(name, entry["Id"], entry["Size"], entry["Created"])
            for entry in self._images(filters)
            for name in entry.get(kind) or ()
        ]

    def _ask(self, intention: str, path: str, query: Mapping[str, str] | None = None) -> Any:
        with self._translated(intention):
            return self._session.json("GET", path, query=query)

    def _remove(self, intention: str, path: str, query: Mapping[str, str] | None = None) -> None:
        with self._translated(intention), _found_or_not():
            self._session.json("DELETE", path, query=query)

    @contextmanager
    def _translated(self, intention: str) -> Iterator[None]:
        """Say which call the engine refused; `intention` completes "could not ..."."""
        try:
            yield
        except EngineRefusedError as error:
            raise BuildError(
                f"The Docker Engine could not {intention}: {error}", code="engine-refused"
            ) from error
        except TimeoutError as error:
            raise not_answering(self.address, CALL_SECONDS) from error
        except (ConnectionError, HTTPException) as error:  # while a stream is read
            raise explain_connection_failure(self.address, error) from error


def _events(response: HTTPResponse, silence: str) -> Iterator[Mapping[str, Any]]:
    """The entries of a stream of JSON; `silence` begins the error for one in which nothing moves."""
    try:
        for line in response:
            if line.strip():
                yield json.loads(line)
    except TimeoutError as error:
        raise BuildError(f"{silence} for {CALL_SECONDS} seconds.", code="image-push") from error


@contextmanager
def _found_or_not() -> Iterator[None]:
    """Go on after the context if the engine does not have what was named."""
    try:
        yield
    except EngineRefusedError as error:
        if error.status != NOT_FOUND:
            raise


def split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag of a name; the tag is empty if it has none. A port of the registry is no tag."""
    repository, _, tag = reference.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (reference, "")


def _quoted(name: str) -> str:
    return quote(name, safe="/:@")
