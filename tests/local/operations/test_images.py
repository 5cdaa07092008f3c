"""Images that were pushed to the platform, and those that deploys built: listed, deployed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.records import TaggedImage
from pywrangler.image_names import built_tag
from pywrangler.local.daemon.images import Held, PlatformImages, built_images, find_users, pushed_image
from pywrangler.local.daemon.own_registry import own_name, own_parts
from pywrangler.local.registry.inventory import InventoryImage
from pywrangler.local.registry.server import RegistryServer
from pywrangler.local.rest.operations import NoImage
from pywrangler.local.store import Store
from tests.local.operations.conftest import MakeSite, Site, dockerfile
from tests.support.containers import docker, has_image, remove_images

MINE, OTHER, HOST = "1" * 32, "2" * 32, "127.0.0.1:5000"
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("reference", "own"),
    [
        (f"{HOST}/{MINE}/web:1", (f"{MINE}/web", "1")),
        (f"{HOST}/{MINE}/web@{A}", (f"{MINE}/web", A)),
        (f"registry.cloudflare.com/{MINE}/web@{A}", (f"{MINE}/web", A)),
        (f"registry.cloudflare.com/{OTHER}/tools/web:1", (f"{MINE}/tools/web", "1")),
        ("Registry.Cloudflare.com/web:1", (f"{MINE}/web", "1")),
        (f"registry.cloudflare.com/web:1@{A}", (f"{MINE}/web", A)),
        ("registry.cloudflare.com/", None),
        ("registry.cloudflare.com", None),
        (f"pywrangler.local/web@{A}", None),
        ("127.0.0.1:5001/web:1", None),
        ("web:1", None),
        (f"docker.io/{MINE}/web:1", None),
    ],
)
def test_the_platform_knows_its_images_by_the_managed_registrys_names(
    reference: str, own: tuple[str, str] | None
) -> None:
    assert own_parts(reference, HOST, MINE) == own
    assert (own_name(reference, HOST, MINE) is None) == (own is None)


def pushed(name: str, tag: str, digest: str, *needed: tuple[str, str]) -> Held:
    return pushed_image(InventoryImage(f"{MINE}/{name}", tag, digest, 5, None), HOST, MINE, needed)


def test_an_image_is_used_by_those_who_would_miss_it() -> None:
    by_digest = ("app", f"registry.cloudflare.com/{MINE}/web@{A}")
    by_tag = ("other", f"{HOST}/{MINE}/web:1")
    elsewhere = ("third", f"registry.cloudflare.com/{MINE}/tools/web@{A}")
    one = pushed("web", "1", A, by_tag, by_digest, elsewhere)
    assert (one.image.name, one.image.tag, one.image.used_by) == ("web", "1", ("app", "other"))
    two = pushed("web", "2", A, by_digest)
    assert find_users(one, [one, pushed("web", "3", B, by_digest)]) == ("app", "other")
    assert find_users(one, [one, pushed("tools/web", "1", A)]) == ("app", "other")
    assert find_users(one, [one, two]) == ()  # it is found under its other tag
    assert find_users(pushed("web", "3", B, by_digest), []) == ()


def test_what_deploys_built_for_this_platform_is_known_by_its_mark() -> None:
    tagged = [
        TaggedImage(built_tag("app", A, MINE), A, 7, 1_790_000_000.0),
        TaggedImage(built_tag("twin", A, MINE), A, 7, 1_790_000_000.0),
        TaggedImage(built_tag("old", B, MINE), B, 7, 1_790_000_000.0),
        TaggedImage(built_tag("app", A, OTHER), A),
        TaggedImage(built_tag("app", A), A),
        TaggedImage("pywrangler.local/app:build-0123456789abcdef", A),
    ]
    app, twin, old = found = built_images(tagged, MINE, [("app", f"pywrangler.local/app@{A}")])
    assert [(each.image.name, each.image.tag) for each in found] == [
        ("app", "a" * 12),
        ("twin", "a" * 12),
        ("old", "b" * 12),
    ]
    assert (app.image.digest, app.image.size_bytes, app.image.used_by) == (A, 7, ("app",))
    assert app.image.created == "2026-09-21T14:13:20.000000Z"
    assert find_users(app, [app, twin, old]) == ()
    assert find_users(app, [app, old]) == ("app",)
    assert find_users(old, found) == ()


async def test_without_an_engine_what_was_pushed_is_listed_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home", b"k" * 32)
    registry = RegistryServer(tmp_path / "registry", HOST, MINE)
    images = PlatformImages(store, EngineAddress(f"unix://{tmp_path}/none.sock", "a test"), registry)
    found = await images.find_all()
    assert found.images == ()
    assert "none.sock" in (found.problem or "")
    with pytest.raises(NoImage, match="The Docker Engine could not be asked: "):
        await images.remove("web", "1")
    store.close()


@pytest.fixture
def site(make_site: MakeSite) -> Iterator[Site]:
    """A project whose image is built and pushed under its name."""
    site = make_site()
    yield site
    remove_images(site.project.name)
    remove_images(f"127.0.0.1:*/*/{site.project.name}")


def listed(site: Site) -> set[str]:
    found = site.cli.run("containers", "images", "list", "--json").check().json
    return {f"{image['name']}:{tag}" for image in found for tag in image["tags"]}


def push(site: Site, tag: str, page: str) -> str:
    """Build and push an image with this page; the name that the command prints."""
    site.project.write("pushed/Dockerfile", dockerfile(page))
    words = ("containers", "build", "pushed", "-t", f"{site.project.name}:{tag}", "--push")
    return site.cli.run(*words).check().stdout.strip()


@pytest.mark.docker
@pytest.mark.workerd
def test_what_was_pushed_is_deployed_by_the_name_that_was_printed(site: Site) -> None:
    name, cli = site.project.name, site.cli
    printed = push(site, "1", "pushed 1")
    account = site.platform.status.account_id
    assert printed.startswith(f"registry.cloudflare.com/{account}/{name}@sha256:")
    again = cli.run("containers", "push", f"{name}:1", "--json").check()
    assert (again.json["image"], again.json["reference"]) == (printed, f"{printed.partition('@')[0]}:1")
    assert "has it already" in again.stderr
    site.project.configure(containers=[{"class_name": "Box", "image": printed}])
    site.deploy()
    assert site.ask("a").text == "pushed 1\n"
    assert "Nothing changed" in cli.run("deploy").check().stderr

    # Another account's name of it, by its tag, is the same image; the tag moves, and what runs does not.
    push(site, "1", "pushed 2")
    assert site.ask("a").text == "pushed 1\n"
    foreign = f"registry.cloudflare.com/{'f' * 32}/{name}:1"
    site.project.configure(containers=[{"class_name": "Box", "image": foreign}])
    assert "then replace running instances" in cli.run("deploy", "--dry-run").check().stdout
    site.deploy()
    assert site.ask("a").text == "pushed 2\n"

    # In use: the refusal says so, and the application continues, even if the engine loses the image.
    refused = cli.run("containers", "images", "delete", f"{name}:1", "-y")
    assert refused.status == 1
    assert f"The application `{site.project.application}` uses the image `{name}:1`" in refused.stderr
    cli.run("containers", "instances", site.project.application).check()
    # The versions before can come back, so their images stay.
    assert cli.run("local", "prune", "--json").check().json["images"] == []
    for instance in site.running():
        docker("rm", "--force", instance)
    remove_images(name)
    remove_images(f"127.0.0.1:*/{account}/{name}")
    assert not has_image(f"{name}:1")
    assert site.ask("b").text == "pushed 2\n"

    cli.run("delete", "--force").check()
    assert cli.run("containers", "images", "delete", f"{printed.partition('@')[0]}:1", "-y").check()
    assert listed(site) == set()
    gone = cli.run("containers", "images", "delete", f"{name}:1", "-y")
    assert (gone.status, "There is no image" in gone.stderr) == (1, True)


@pytest.mark.docker
@pytest.mark.workerd
def test_what_deploys_built_is_listed_and_deleted_when_nothing_uses_it(site: Site) -> None:
    site.deploy()
    (first,) = listed(site)
    assert first.startswith(f"{site.project.application}:")
    (long,) = site.cli.run("containers", "images", "list", "--long", "--json").check().json
    assert (long["name"], long["size_bytes"] > 0) == (site.project.application, True)
    assert site.cli.run("containers", "images", "delete", first, "-y").status == 1
    site.project.write("Dockerfile", dockerfile("box 2"))
    site.deploy()
    assert len(listed(site)) == 2
    site.cli.run("containers", "images", "delete", first, "-y").check()
    (second,) = listed(site)
    assert site.ask("a").text == "box 2\n"
    assert site.cli.run("containers", "images", "list", "--filter", "^nobody$", "--json").check().json == []
    assert second != first


@pytest.mark.docker
@pytest.mark.workerd
def test_an_image_that_was_never_pushed_is_said_so(site: Site, tmp_path: Path) -> None:
    site.project.configure(containers=[{"class_name": "Box", "image": "registry.cloudflare.com/nowhere:1"}])
    failed = site.cli.run("deploy")
    assert failed.status == 1
    assert "`registry.cloudflare.com/nowhere:1` is neither in the local platform's registry" in failed.stderr
    assert "pywrangler containers push nowhere:1" in failed.stderr
    absent = site.cli.run("containers", "push", "nowhere", "--json")
    assert (absent.status, "no image `nowhere:latest`" in absent.stderr) == (1, True)
