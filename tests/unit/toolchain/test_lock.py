"""What the shipped lock file says, and the npm project made from it."""

from __future__ import annotations

import json

import pytest

from pywrangler.toolchain.lock import (
    PRODUCT_WORKERS_FILE,
    REMOTE_CALLS_FILE,
    TYPES_WORKER_FILE,
    Program,
    latest_compatibility_date,
    packages_for,
    plan_project,
    product_workers,
    read_lock,
    remote_calls,
    types_worker,
)

PLATFORMS = [("linux", "x64"), ("linux", "arm64"), ("darwin", "x64"), ("darwin", "arm64")]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_supported_platform_has_both_programs(platform: tuple[str, str]) -> None:
    assert {package.program for package in packages_for(read_lock(), platform)} == {"workerd", "esbuild"}


def test_an_unsupported_platform_has_none() -> None:
    assert packages_for(read_lock(), ("linux", "riscv64")) == ()


def test_every_package_has_an_integrity_hash_and_no_address() -> None:
    entries = json.loads(read_lock())["packages"]
    del entries[""]
    assert all(entry["integrity"].startswith("sha512-") for entry in entries.values())
    assert not any("resolved" in entry for entry in entries.values())


def test_the_version_a_program_prints_is_known() -> None:
    assert Program("@cloudflare/workerd-linux-64", "1.20261117.1", {}).version_output == "workerd 2026-11-17"
    assert Program("@esbuild/linux-x64", "0.28.2", {}).version_output == "0.28.2"


def test_the_product_workers_are_of_the_day_of_workerd_and_come_alone() -> None:
    package = product_workers(PRODUCT_WORKERS_FILE.read_bytes())
    (workerd,) = (each for each in packages_for(read_lock(), ("linux", "x64")) if each.program == "workerd")
    assert workerd.version.split(".")[1] == package.version.split(".")[1]
    assert package.entry["integrity"].startswith("sha512-")
    assert not {"resolved", "dependencies"} & package.entry.keys()


def test_the_project_depends_on_the_chosen_packages_only() -> None:
    package = Program(
        "@esbuild/linux-x64", "0.28.2", {"version": "0.28.2", "integrity": "sha512-x", "optional": True}
    )
    files = {name: json.loads(text) for name, text in plan_project([package]).items()}
    dependencies = {"@esbuild/linux-x64": "0.28.2"}
    assert files["package.json"] == {
        "name": "pywrangler-toolchain",
        "private": True,
        "dependencies": dependencies,
    }
    assert files["package-lock.json"]["packages"] == {
        "": {"name": "pywrangler-toolchain", "dependencies": dependencies},
        "node_modules/@esbuild/linux-x64": {"version": "0.28.2", "integrity": "sha512-x"},
    }


def test_the_newest_compatibility_date_is_that_of_the_newest_runtime() -> None:
    dates = [
        package.version_output.removeprefix("workerd ")
        for package in packages_for(read_lock(), ("linux", "x64"))
        if package.program == "workerd"
    ]
    assert [latest_compatibility_date()] == dates


def test_what_calls_methods_of_remote_bindings_is_pinned() -> None:
    package = remote_calls(REMOTE_CALLS_FILE.read_bytes())
    assert package.module.as_posix() == "node_modules/capnweb/dist/index-workers.js"
    assert package.entry["integrity"].startswith("sha512-")
    assert "resolved" not in package.entry


def test_what_describes_the_types_is_of_the_release_of_workerd() -> None:
    package = types_worker(TYPES_WORKER_FILE.read_bytes())
    programs = packages_for(read_lock(), ("linux", "x64"))
    assert package.version in {program.version for program in programs}
    assert package.entry["integrity"].startswith("sha512-")
    assert "resolved" not in package.entry
