"""How the platform lets a class choose image and size: a variable, and code around the class."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.docker_api.create_body import SIZE_VARIABLE, take_size
from pywrangler.local.instances.records import Application
from pywrangler.local.instances.sizes import SMALLEST, with_size
from pywrangler.local.workerd.class_sizes import around_main

GIB = 1024**3
APPLICATION = Application(
    id="a",
    name="web-box",
    worker="web",
    class_name="Box",
    namespace_id="n",
    image="",
    version=1,
    max_instances=0,
    vcpu=9,
    memory_mib=9,
    disk_mb=9,
    is_managed=True,
)


def figures(application: Application) -> tuple[float, int, int]:
    return application.vcpu, application.memory_mib, application.disk_mb


def test_a_size_is_chosen_by_name_or_in_figures() -> None:
    assert figures(with_size(APPLICATION, None, None)) == SMALLEST
    assert figures(with_size(APPLICATION, "basic", 64 * GIB)) == (0.25, 1024, 4000)
    custom = '{"vcpu":1,"memoryMib":4096,"diskMb":8000}'
    assert figures(with_size(APPLICATION, custom, 64 * GIB)) == (1, 4096, 8000)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ('{"vcpu":8,"memoryMib":4096,"diskMb":8000}', "vcpu is 8, and the maximum is 4"),
        ('{"vcpu":1,"memoryMib":99999,"diskMb":8000}', "memoryMib is 99999, and the maximum is 12288"),
        ('{"vcpu":1,"memoryMib":4096,"diskMb":80000}', "diskMb is 80000, and the maximum is 20000"),
        ("standard-4", "12288 MiB of memory, and the machine of the engine has 8192 MiB"),
        ("huge", "is not one: huge"),
        ('{"vcpu":1}', "is not one"),
    ],
)
def test_a_size_that_is_not_possible(chosen: str, words: str) -> None:
    with pytest.raises(PywranglerError, match=words):
        with_size(APPLICATION, chosen, 8 * GIB)


def test_the_variable_of_the_size_stays_out_of_the_container() -> None:
    request = {"Env": ["A=1", f"{SIZE_VARIABLE}=basic"], "Image": "x"}
    assert take_size(request) == ({"Env": ["A=1"], "Image": "x"}, "basic")
    assert take_size({"Image": "x"}) == ({"Image": "x"}, None)


def test_the_module_around_the_main_one_exports_the_same_names(tmp_path: Path) -> None:
    text = around_main("src/index.js", "sizes.js", ["Box"], "export { a as default, Box }")
    assert text.splitlines() == [
        'import * as code from "./src/index.js";',
        'import { sized } from "./sizes.js";',
        'export * from "./src/index.js";',
        "export const Box = sized(code.Box);",
        "export default code.default;",
    ]
    assert "default" not in around_main("index.js", "sizes.js", ["Box"], "export class Box {}")
