"""What `images` bindings do with pictures, by value."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

import pytest

from pywrangler.local.daemon.bindings.image_transforms import (
    ImageRefused,
    describe_image,
    planned_size,
    read_transforms,
    transform_image,
)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **settings: Any) -> bytes:
    """A picture whose left half is red; the rest is transparent, or black."""
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.new(mode, size)
    image.paste((255, 0, 0, 255)[: len(mode)], (0, 0, size[0] // 2, size[1]))
    written = BytesIO()
    image.save(written, kind, **settings)
    return written.getvalue()


def opened(content: bytes) -> Any:
    return pytest.importorskip("PIL.Image").open(BytesIO(content))


@pytest.mark.parametrize(
    ("step", "size"),
    [
        ({}, (40, 20)),
        ({"width": 20}, (20, 10)),
        ({"height": 5}, (10, 5)),
        ({"width": 80}, (40, 20)),
        ({"width": 80, "fit": "scale-down"}, (40, 20)),
        ({"width": 80, "fit": "contain"}, (80, 40)),
        ({"width": 80, "height": 20, "fit": "contain"}, (40, 20)),
        ({"width": 80, "fit": "cover"}, (80, 40)),
        ({"width": 6, "height": 6, "fit": "cover"}, (6, 6)),
        ({"width": 60, "height": 60, "fit": "cover"}, (60, 60)),
        ({"width": 60, "height": 10, "fit": "crop"}, (40, 10)),
        ({"width": 9, "height": 9, "fit": "squeeze"}, (9, 9)),
        ({"width": 90, "height": 90, "fit": "pad"}, (90, 90)),
        ({"width": 1}, (1, 1)),
        ({"width": 10.4, "height": 10.4, "fit": "pad"}, (10, 10)),
        ({"width": 0, "height": 10}, (20, 10)),
    ],
)
def test_the_size_follows_from_fit(step: dict[str, Any], size: tuple[int, int]) -> None:
    assert planned_size((40, 20), step) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"width": "4"}]',
        '[{"rotate": true}]',
        '[{"width": -1}]',
        '[{"height": 12001}]',
        "[[",
    ],
)
def test_transformations_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ImageRefused) as caught:
        read_transforms(text)
    assert (caught.value.status, caught.value.number) == (400, 9523)


@pytest.mark.parametrize(
    ("kind", "mime"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp"), ("GIF", "gif")]
)
def test_a_picture_is_described(kind: str, mime: str) -> None:
    content = picture(kind)
    expected = {"format": f"image/{mime}", "fileSize": len(content), "width": 40, "height": 20}
    assert describe_image(content) == expected
    assert describe_image(b'<?xml version="1.0"?>\n<svg/>') == {"format": "image/svg+xml"}


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    pytest.importorskip("PIL")
    for use in (describe_image, lambda source: transform_image(source, [], "image/png")):
        with pytest.raises(ImageRefused):
            use(content)


@pytest.mark.parametrize("output", ["image/png", "image/jpeg", "image/webp", "image/avif"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_is_written_in_each_format(output: str, mode: str) -> None:
    content, mime = transform_image(picture(mode=mode), [{"width": 10}], output, 60)
    assert (mime, opened(content).size, describe_image(content)["format"]) == (output, (10, 5), output)


def test_steps_follow_one_another() -> None:
    steps = [{"rotate": 90}, {"width": 10, "height": 40, "fit": "squeeze"}, {"rotate": 45, "imageIndex": 1}]
    content, _ = transform_image(picture(), steps, "image/png")
    image = opened(content)
    assert image.size == (10, 40)
    assert image.getpixel((5, 2))[0] > 200  # what was left is at the top
    assert image.getpixel((5, 37))[0] < 50


def test_a_cut_keeps_the_side_that_gravity_names() -> None:
    for gravity, is_red in (("left", True), ("right", False), ({"x": 0, "y": 0}, True)):
        step = {"width": 10, "height": 10, "fit": "cover", "gravity": gravity}
        content, _ = transform_image(picture(), [step], "image/png")
        assert (opened(content).getpixel((5, 5))[0] > 200) == is_red, gravity


def test_a_padded_picture_has_a_background() -> None:
    for background, colour in ((None, (255, 255, 255)), ("#0000ff", (0, 0, 255)), ("lime", (0, 255, 0))):
        step = {"width": 40, "height": 40, "fit": "pad", "background": background}
        content, _ = transform_image(picture(), [step], "image/png")
        assert opened(content).convert("RGB").getpixel((20, 2)) == colour
    step = {"width": 40, "height": 40, "fit": "pad", "background": "no colour"}
    with pytest.raises(ImageRefused, match="cannot be transformed"):
        transform_image(picture(), [step], "image/png")


def test_formats_that_are_not_written_are_refused() -> None:
    for output in ("image/gif", "rgba", "text/plain"):
        with pytest.raises(ImageRefused) as caught:
            transform_image(b"", [], output)
        assert (caught.value.status, caught.value.number) == (415, 9520)


def test_without_pillow_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImageRefused, match=r"pip install 'pywrangler-containers\[images\]'") as caught:
        describe_image(b"picture")
    assert caught.value.status == 503
    with pytest.raises(ImageRefused, match="pip install"):
        transform_image(b"picture", [], "image/png")
