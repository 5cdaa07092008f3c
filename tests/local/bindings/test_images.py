"""Pictures that Workers have transformed, or why they are not."""

from __future__ import annotations

import base64
import importlib.util

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import Answer, request

pytestmark = pytest.mark.workerd

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AAQQxwFgBB0gX7h/C5SAAAAABJRU5ErkJggg=="
)
WORKER = """
export default { async fetch(request, { IMAGES }) {
  const url = new URL(request.url);
  try {
    if (url.pathname === "/info") return Response.json(await IMAGES.info(request.body));
    const step = JSON.parse(url.searchParams.get("step"));
    const changed = IMAGES.input(request.body).transform(step);
    return (await changed.output({ format: url.searchParams.get("to") })).response();
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The address of the Worker, once it is deployed."""
    return {}


def ask(account: Account, made: dict[str, str], path: str, body: bytes = PNG) -> Answer:
    """Have the Worker use its binding."""
    if "url" not in made:
        made["url"] = account.deploy("pictures", WORKER, bindings=[{"type": "images", "name": "IMAGES"}])
    return request(made["url"] + path, method="POST", body=body)


@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="Pillow is not installed")
def test_a_picture_is_described_and_transformed(account: Account, made: dict[str, str]) -> None:
    described = {"format": "image/png", "fileSize": len(PNG), "width": 3, "height": 2}
    assert ask(account, made, "/info").json == described
    turned = ask(account, made, "/?to=image/webp&step=%7B%22rotate%22:90%7D")
    assert (turned.status, turned.headers["content-type"]) == (200, "image/webp")
    assert ask(account, made, "/info", turned.body).json["width"] == 2
    wrong = ask(account, made, "/info", b"no picture")
    assert (wrong.status, "is not one of: JPEG" in wrong.text) == (500, True), wrong.text


@pytest.mark.skipif(importlib.util.find_spec("PIL") is not None, reason="Pillow is installed")
def test_without_pillow_the_call_names_what_to_install(account: Account, made: dict[str, str]) -> None:
    answer = ask(account, made, "/info")
    assert (answer.status, "pip install 'pywrangler-containers[images]'" in answer.text) == (500, True)
