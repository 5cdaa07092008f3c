"""Amazon ECR: tokens for its registries, and what is in them. The only module that imports boto3, and late.

A key pair is exchanged for a password of the registry by GetAuthorizationToken; the password lives twelve
hours.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError, PywranglerError, UsageError
from pywrangler.sensitive import Sensitive

DOMAIN = re.compile(r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
UNREACHABLE = "aws-unreachable"
"""The error's code when AWS does not answer."""
DENIED = "aws-denied"
"""The error's code when AWS refuses the key, or what it asks for."""
CONNECT_SECONDS = 3
READ_SECONDS = 15


@dataclass(frozen=True)
class KeyPair:
    """An access key of AWS."""

    access_key_id: str
    secret: Sensitive[str]


@dataclass(frozen=True)
class RegistryToken:
    """A login for the registry. `expires_at` is in seconds since the epoch."""

    username: str
    password: Sensitive[str]
    expires_at: float


@dataclass(frozen=True)
class EcrImage:
    """An image in a repository. `pushed_at` is a time in ISO 8601."""

    repository: str
    tags: tuple[str, ...]
    digest: str
    size_bytes: int
    pushed_at: str | None


def authorize(domain: str, key: KeyPair, environment: Mapping[str, str]) -> RegistryToken:
    """A login for the registry at `domain`.

    Raises `PywranglerError` with the code `UNREACHABLE` or `DENIED`.
    """
    with _translated(domain), _client(domain, environment, key) as ecr:
        granted = ecr.get_authorization_token()["authorizationData"][0]
    username, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
    return RegistryToken(username, Sensitive(password), granted["expiresAt"].timestamp())


def list_images(domain: str, environment: Mapping[str, str]) -> list[EcrImage]:
    """The tagged images of the registry, with the AWS credentials of the environment (profile, variables,
    role).
    """
    found = []
    account = _parts(domain)["account"]
    with _translated(domain), _client(domain, environment, None) as ecr:
        for page in ecr.get_paginator("describe_repositories").paginate(registryId=account):
            for repository in page["repositories"]:
                found += _images(ecr, account, repository["repositoryName"])
    return found


def _images(ecr: Any, account: str, repository: str) -> list[EcrImage]:
    pages = ecr.get_paginator("describe_images").paginate(
        registryId=account, repositoryName=repository, filter={"tagStatus": "TAGGED"}
    )
    return [_image(repository, detail) for page in pages for detail in page["imageDetails"]]


def _image(repository: str, detail: Mapping[str, Any]) -> EcrImage:
    pushed_at = detail.get("imagePushedAt")
    return EcrImage(
        repository=repository,
        tags=tuple(sorted(detail.get("imageTags") or ())),
        digest=detail["imageDigest"],
        size_bytes=detail.get("imageSizeInBytes", 0),
        pushed_at=pushed_at.isoformat() if pushed_at else None,
    )


@contextmanager
def _client(domain: str, environment: Mapping[str, str], key: KeyPair | None) -> Iterator[Any]:
    """A client of ECR in the registry's region, with `key` or else the credentials that AWS's own rules
    find.
    """
    import boto3
    from botocore.config import Config

    session = boto3.Session(profile_name=None if key else environment.get("AWS_PROFILE"))
    made = session.client(
        "ecr",
        region_name=_parts(domain)["region"],
        endpoint_url=environment.get("AWS_ENDPOINT_URL_ECR") or environment.get("AWS_ENDPOINT_URL"),
        aws_access_key_id=key.access_key_id if key else None,
        aws_secret_access_key=key.secret.reveal() if key else None,
        config=Config(
            connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 2}
        ),
    )
    try:
        yield made
    finally:
        made.close()


def _parts(domain: str) -> Mapping[str, str]:
    match = DOMAIN.fullmatch(domain)
    if match is None:
        raise UsageError(f"`{domain}` is not a registry of Amazon ECR.")
    return match.groupdict()


@contextmanager
def _translated(domain: str) -> Iterator[None]:
    """Turn what botocore raises into our errors; none of them repeats a key."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
    from botocore.exceptions import ConnectionError as NoConnectionError

    try:
        yield
    except NoCredentialsError as error:
        raise MissingError(
            f"There are no AWS credentials for {domain}.",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
            code="aws-credentials",
        ) from error
    except (HTTPClientError, NoConnectionError) as error:
        raise MissingError(
            f"AWS does not respond for {domain}: {type(error).__name__}.",
            hint="Check the network and HTTPS_PROXY.",
            code=UNREACHABLE,
        ) from error
    except ClientError as error:
        reason = error.response.get("Error", {})
        raise PywranglerError(
            f"AWS refused the key for {domain}: {reason.get('Message') or reason.get('Code')}.",
            hint="Check the key's id and secret; it needs ecr:GetAuthorizationToken and ecr:BatchGetImage.",
            code=DENIED,
        ) from error
    except BotoCoreError as error:
        raise PywranglerError(f"The request to AWS for {domain} failed: {error}.", code="aws") from error
