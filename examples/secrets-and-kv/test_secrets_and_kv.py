"""Documents in KV are signed with secrets."""

import json
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def project(pywrangler_deploy, tmp_path_factory):
    pywrangler_deploy.run("secrets-store", "store", "create", "examples")
    (made,) = json.loads(pywrangler_deploy.run("secrets-store", "store", "list", "--json"))
    store = made["id"]
    secret = ("secret", "create", store, "--name", "SIGNING_KEY", "--scopes", "workers")
    pywrangler_deploy.run("secrets-store", *secret, stdin="a long random key")
    copy = tmp_path_factory.mktemp("project") / "p"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("node_modules", ".dev.vars"))
    modules = next(each / "node_modules" for each in HERE.parents if (each / "node_modules").is_dir())
    (copy / "node_modules").symlink_to(modules)
    file = copy / "wrangler.jsonc"
    file.write_text(file.read_text().replace("STORE_ID", store))
    return pywrangler_deploy(copy, secrets={"API_TOKEN": "token-of-the-test"})


def test_a_document_is_signed(project):
    project.kv["DOCUMENTS"].put("terms", "Be kind.")
    signed = project.fetch("/terms").json()
    assert (signed["text"], signed["token_length"]) == ("Be kind.", len("token-of-the-test"))
    project.secrets.put("API_TOKEN", "another")
    assert project.secrets.names() == ["API_TOKEN"]
