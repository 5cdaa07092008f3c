"""A container mounts an R2 bucket."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="this machine has no FUSE")


@pytest.fixture(scope="module")
def project(pywrangler_deploy):
    lines = pywrangler_deploy.run("r2", "s3-credentials", "create").split()
    key = dict(line.split("=", 1) for line in lines if "=" in line)
    return pywrangler_deploy(Path(__file__).parent, secrets=key, allow_fuse=["r2-fuse-notes"])


def test_files_are_objects(project):
    project.fetch("/files/hello.txt", data="written by a program", method="PUT", timeout_seconds=120)
    assert project.r2["R2_BUCKET"].get("hello.txt") == b"written by a program"
