"""What a deploy decides, by value: no platform, no engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pywrangler.cloudflare.workers import ObjectNamespace
from pywrangler.config.records import Migration
from pywrangler.deploy.applications.plan import KeepApplication, ModifyApplication
from pywrangler.deploy.applications.settings import application_body, create_request
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.metadata import content_tag, upload_metadata
from pywrangler.errors import PywranglerError
from pywrangler.sensitive import Sensitive
from tests.unit.deploy.samples import a_bundle, a_configuration, a_container

IMAGE = "registry.example/account/web-hello@sha256:1"
NAMESPACE = ObjectNamespace("a" * 32, "web", "Hello", "web_Hello")


def plan(observed: Observed, *, configuration: Any = None, image: str = IMAGE, **options: Any) -> Plan:
    return plan_deploy(
        configuration or a_configuration(),
        a_bundle(),
        {"web-hello": image},
        observed,
        DeploySettings(**options),
        resolve_image=lambda reference: reference,
    )


def deployed(**changes: Any) -> Observed:
    """Everything as the sample configuration wants it, with `changes` to the application."""
    configuration = a_configuration()
    body = application_body(configuration, a_container(), IMAGE, None)
    application = {"id": "1234", **create_request(body, NAMESPACE.id), **changes}
    metadata = upload_metadata(configuration, a_bundle())
    tag = content_tag({**metadata, "images": {"web-hello": IMAGE}}, a_bundle())
    worker = DeployedWorker(migration_tag="v1", content_tag=tag, version_id="v")
    return Observed(worker, {"web-hello": application}, [NAMESPACE])


def test_a_first_deploy_creates_everything() -> None:
    made = plan(Observed(None))

    assert made.lines() == [
        "+ create Worker web",
        "+ create application web-hello (Hello)",
        f"    image: {IMAGE}",
    ]
    assert made.upload is not None
    assert made.upload["migrations"] == {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Hello"]}]}


def test_a_second_deploy_changes_nothing() -> None:
    made = plan(deployed())

    assert made.is_unchanged
    assert made.lines() == ["= keep Worker web", "= keep application web-hello (Hello)"]


@pytest.mark.parametrize(
    ("options", "annotation"),
    [
        ({"message": "Sunday's"}, {"workers/message": "Sunday's"}),
        ({"tag": "v2"}, {"workers/tag": "v2"}),
        ({"secrets": {"KEY": Sensitive("value")}}, {}),
    ],
    ids=["message", "tag", "secrets"],
)
def test_settings_of_a_version_make_a_version_also_of_unchanged_code(
    options: dict[str, Any], annotation: dict[str, str]
) -> None:
    made = plan(deployed(), **options)
    assert made.upload is not None
    assert annotation.items() <= made.upload["annotations"].items()
    assert made.lines()[0] == "~ update Worker web"


def test_a_new_image_modifies_and_rolls_out() -> None:
    made = plan(deployed(), image="registry.example/account/web-hello@sha256:2")
    change = made.applications[0]

    assert made.upload is not None, "the image is a part of the version"
    assert isinstance(change, ModifyApplication)
    assert change.rollout is not None
    assert [difference.field for difference in change.differences] == ["configuration.image"]
    assert [step["step_size"]["percentage"] for step in change.rollout["steps"]] == [10, 100]
    assert change.rollout["target_configuration"]["image"].endswith("sha256:2")


def test_an_immediate_rollout_has_one_step() -> None:
    change = plan(deployed(), image="other", rollout="immediate").applications[0]
    assert isinstance(change, ModifyApplication)
    assert change.rollout is not None
    assert change.rollout["step_percentage"] == 100
    assert "steps" not in change.rollout


def test_an_image_alone_changes_without_a_version_and_without_a_trial() -> None:
    made = plan(deployed(), image=IMAGE + "2", rollout="immediate", images_only=True, proves_images=False)
    (change,) = made.applications
    assert made.upload is None
    assert isinstance(change, ModifyApplication)
    assert change.rollout is not None
    assert (change.rollout["step_percentage"], change.rollout["proof"]) == (100, False)
    assert plan(Observed(None), images_only=True).upload is not None, "what is not deployed needs a version"


def test_notes_are_annotations_and_make_no_version() -> None:
    note = {"note": "x"}
    assert plan(deployed(), annotations=note).is_unchanged
    made = plan(Observed(None), annotations=note)
    assert made.upload is not None
    assert made.upload["annotations"]["note"] == "x"


def test_a_removed_setting_is_a_difference_and_an_unknown_one_is_not() -> None:
    with_region = deployed(constraints={"tiers": [1, 2], "regions": ["WEUR"]}, health={"instances": {}})
    change = plan(with_region).applications[0]
    assert isinstance(change, ModifyApplication)
    assert [str(difference) for difference in change.differences] == [
        "constraints.regions: ['WEUR'] → (not set)"
    ]


def test_sizes_that_name_the_instance_type_are_no_difference() -> None:
    observed = deployed(
        configuration={"image": IMAGE, "vcpu": 0.0625, "memory_mib": 256, "disk": {"size_mb": 2000}}
    )
    assert plan(observed).is_unchanged


def test_without_rollout_containers_are_left_alone() -> None:
    made = plan(Observed(None), rollout="none")
    assert made.applications == ()
    assert made.upload is not None


def test_another_workers_application_is_not_taken_over() -> None:
    theirs = ObjectNamespace("b" * 32, "shop", "Hello", "shop_Hello")
    application = {"id": "1234", "configuration": {}, "durable_objects": {"namespace_id": "b" * 32}}
    observed = Observed(None, {"web-hello": application}, [theirs])

    with pytest.raises(PywranglerError, match="belongs to class Hello of Worker shop") as caught:
        plan(observed)
    assert "containers delete 1234" in str(caught.value.hint)


TRANSFER = Migration("v1", transferred_classes=({"from": "Room", "from_script": "shop", "to": "Hello"},))
ROOM = ObjectNamespace("b" * 32, "shop", "Room", "shop_Room")


def serving_room(name: str) -> Observed:
    """Another Worker's class with an application of that name."""
    body = application_body(a_configuration(), a_container(), IMAGE, None)
    return Observed(None, {name: {"id": "1234", **create_request(body, ROOM.id)}}, [ROOM])


def test_a_transferred_class_keeps_its_application() -> None:
    taking = a_configuration(migrations=(TRANSFER,))
    (change,) = plan(serving_room("web-hello"), configuration=taking).applications
    assert isinstance(change, KeepApplication)
    with pytest.raises(PywranglerError, match="already has an application, named shop-room") as caught:
        plan(serving_room("shop-room"), configuration=taking)
    assert '"name": "shop-room"' in str(caught.value.hint)


def test_the_application_of_an_awaited_class_is_left_to_the_worker_that_has_it() -> None:
    export = {"type": "durable-object", "state": "expecting-transfer", "transfer_from": "shop"}
    awaiting = a_configuration(migrations=(), exports={"Hello": {**export, "storage": "sqlite"}})
    theirs = ObjectNamespace("b" * 32, "shop", "Hello", "shop_Hello")
    before = serving_room("web-hello")
    waiting = Observed(None, before.applications, [theirs])
    assert plan(waiting, configuration=awaiting).applications == ()
    arrived = Observed(None, before.applications, [replace(theirs, script="web")])
    (change,) = plan(arrived, configuration=awaiting).applications
    assert isinstance(change, KeepApplication)
