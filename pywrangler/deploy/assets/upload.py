"""Upload the static files that the API does not have yet: a few requests at a time, one bucket each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from pywrangler.cloudflare.assets import Content, Session, begin_upload, upload_contents
from pywrangler.cloudflare.client import Client
from pywrangler.deploy.assets.content_types import content_type
from pywrangler.deploy.assets.files import Asset, AssetDirectory
from pywrangler.deploy.side_by_side import run_side_by_side
from pywrangler.errors import ApiError, BuildError
from pywrangler.sensitive import Sensitive
from pywrangler.wording import count

REQUESTS_AT_ONCE = 3
"""As many as Wrangler (4.164) has."""


def upload_assets(
    client: Client, worker: str, directory: AssetDirectory, say: Callable[[str], None]
) -> Sensitive[str]:
    """The token that names these files in the Worker's upload. Raises `ApiError` and `BuildError`."""
    session = begin_upload(client, worker, directory.manifest)
    if not session.buckets:
        say(f"No static assets to upload: all {len(directory.files)} are uploaded")
        return session.token
    upload = _Upload(client, session, {asset.hash: asset for asset in directory.files.values()}, say)
    return upload.run()


class _Upload:
    """One upload of missing files."""

    def __init__(
        self, client: Client, session: Session, assets: Mapping[str, Asset], say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._session = session
        self._assets = assets
        self._say = say
        self._total = sum(map(len, session.buckets))
        self._done = 0

    def run(self) -> Sensitive[str]:
        """Upload every bucket; the token is in the response to the last one."""
        buckets = {str(number): bucket for number, bucket in enumerate(self._session.buckets)}
        self._say(f"Uploading {count(self._total, 'static asset')}")
        tokens = run_side_by_side(
            {number: partial(self._upload, bucket) for number, bucket in buckets.items()},
            lambda number, _token: self._finished(len(buckets[number])),
            at_once=REQUESTS_AT_ONCE,
        )
        token = next((token for token in tokens.values() if token is not None), None)
        if token is None:
            raise ApiError(
                "The static assets were uploaded, but the API did not confirm it.", hint="Deploy again."
            )
        return token

    def _finished(self, count: int) -> None:
        self._done += count
        if self._done < self._total:
            self._say(f"Uploaded {self._done} of {self._total} static assets")

    def _upload(self, hashes: Iterable[str]) -> Sensitive[str] | None:
        return upload_contents(self._client, self._session, [self._content(each) for each in hashes])

    def _content(self, hash_: str) -> Content:
        asset = self._assets.get(hash_)
        if asset is None:
            raise ApiError(
                "The API asked for a static asset that is not in the deploy.", hint="Deploy again."
            )
        return Content(hash_, _read_again(asset), content_type(asset.file.name))


def _read_again(asset: Asset) -> bytes:
    """The file's content, which must be the announced one."""
    try:
        content = asset.file.read_bytes()
    except OSError as error:
        raise _changed(asset) from error
    if not asset.is_content(content):
        raise _changed(asset)
    return content


def _changed(asset: Asset) -> BuildError:
    return BuildError(
        f"The static file {asset.file} changed during the deploy.",
        hint="Deploy again when the build of the front end has ended.",
        code="assets",
    )
