"""Runs the end-to-end suite of the Sandbox SDK (cloudflare/sandbox-sdk) against a local platform of its own.

    make sandbox
    make sandbox ARGS="--checkout ~/sandbox-sdk --transport rpc pty process"

The container's server is built from the repository, with bun from npm. Images that cannot be had everywhere
(Ubuntu's, Alpine's, bun's) are replaced by the tests' Debian. The words after the options choose test files.
It prints how many tests passed, failed and were skipped over each transport, and the failed ones; the status
is 1 when one failed. These fail without the internet: clones of GitHub, quick tunnels. Over `rpc`
and `websocket` tests of exposed ports fail, which name another sandbox in their own headers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.machine import run, say

REPOSITORY = "https://github.com/cloudflare/sandbox-sdk"
TRANSPORTS = ("http", "rpc", "websocket")
WORKER = "sandbox-suite"
IMAGE = "pywrangler-sandbox-suite"
BUN = {"x86_64": "@oven/bun-linux-x64", "aarch64": "@oven/bun-linux-aarch64"}
OPENCODE = "opencode-ai"
KINDS = {
    "Dockerfile": "default",
    "Dockerfile.musl": "default",
    "Dockerfile.opencode": "opencode",
    "Dockerfile.python": "python",
    "Dockerfile.standalone": "standalone",
}
"""The suite's Dockerfiles, and the stages of `STAGES` that they build on."""
DEBIAN = (
    "bash ca-certificates curl file fuse-overlayfs fuse3 git inotify-tools jq procps s3fs squashfs-tools "
    "squashfuse unzip wget zip"
)
STAGES = f"""FROM python:3.11-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends {DEBIAN} && rm -rf /var/lib/apt/lists/* \\
  && sed -i 's/#user_allow_other/user_allow_other/' /etc/fuse.conf && ln -sf /proc/mounts /etc/mtab
COPY node bun /usr/local/bin/
COPY server /container-server
WORKDIR /container-server
RUN mkdir -p /workspace
EXPOSE 3000
ENTRYPOINT ["/container-server/sandbox"]
FROM base AS default
RUN rm -f /usr/local/bin/python3* /usr/local/bin/python /usr/bin/python3*
ENV PYTHON_POOL_MIN_SIZE=0 JAVASCRIPT_POOL_MIN_SIZE=3 TYPESCRIPT_POOL_MIN_SIZE=3
FROM default AS opencode
COPY opencode /usr/local/bin/
FROM base AS python
COPY site /opt/site
ENV PYTHONPATH=/opt/site PYTHON_POOL_MIN_SIZE=3 JAVASCRIPT_POOL_MIN_SIZE=3 TYPESCRIPT_POOL_MIN_SIZE=3
FROM base AS standalone
RUN rm -rf /container-server
COPY server/sandbox /sandbox
COPY startup-test.sh /startup-test.sh
RUN chmod +x /startup-test.sh
WORKDIR /workspace
EXPOSE 3000 8080
ENTRYPOINT ["/sandbox"]
CMD ["/startup-test.sh"]
"""
PYTHON_PACKAGES = ("matplotlib", "numpy", "pandas", "ipython")
RESOLVER = """const dns = require("node:dns");
const own = (name) => /\\.localhost$/.test(name);
const here = { address: "127.0.0.1", family: 4 };
const { lookup } = dns;
dns.lookup = (name, options, done) => {
  if (typeof options === "function") [options, done] = [{}, options];
  if (!own(name)) return lookup(name, options, done);
  process.nextTick(() => (options?.all ? done(null, [here]) : done(null, here.address, here.family)));
};
"""
"""Not every machine resolves `*.localhost`."""


def main() -> int:
    """Build, deploy, run and count."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sandbox_suite")
    parser.add_argument("--checkout", type=Path, help="a clone of the repository; by default, a new one")
    parser.add_argument("--transport", action="append", choices=TRANSPORTS, help="by default, all three")
    parser.add_argument("files", nargs="*", help="only test files whose names have one of these words")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pwsandbox-") as name:
        directory = Path(name)
        source = directory / "sdk"
        run(["git", "clone", "--quiet", "--depth=1", _url(options.checkout), str(source)])
        binaries = _binaries(directory)
        environment = {
            **os.environ,
            **binaries,
            "PYWRANGLER_HOME": f"{name}/home",
            "PYWRANGLER_TARGET": "local",
        }
        _build(source, environment)
        _make_images(directory, source)
        try:
            environment.update(_deploy(source / "tests/e2e/test-worker", environment))
            return _test(directory, source, environment, options.transport or TRANSPORTS, options.files)
        finally:
            subprocess.run(["pywrangler", "local", "stop"], env=environment, check=False)


def outcome(report: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What vitest's report in JSON says, in a line; the failed tests, with their reasons."""
    counts = (report["numPassedTests"], report["numFailedTests"], report["numPendingTests"])
    line = "{} passed, {} failed, {} skipped".format(*counts)
    return line, list(_failures(report))


def _failures(report: Mapping[str, Any]) -> Iterator[str]:
    for file in report["testResults"]:
        name = Path(file["name"]).name
        failed = [test for test in file["assertionResults"] if test["status"] == "failed"]
        for test in failed:
            reason = (test["failureMessages"] or [""])[0].splitlines()[0][:150]
            yield f"{name}: {test['fullName']}: {reason}"
        if file["status"] == "failed" and not failed:
            yield f"{name}: {file.get('message', '')[:150]}"


def _url(checkout: Path | None) -> str:
    return REPOSITORY if checkout is None else checkout.resolve().as_uri()


def _binaries(directory: Path) -> dict[str, str]:
    """PATH with this clone's pywrangler, and with bun, which npm brings."""
    package = BUN[platform.machine()]
    say(f"Installing {package} and {OPENCODE}")
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    run([*install, "--prefix", str(directory / "bun"), package, OPENCODE])
    bun = directory / "bun/node_modules" / package / "bin"
    return {"PATH": os.pathsep.join([str(bun), str(Path(sys.executable).parent), os.environ["PATH"]])}


def _build(source: Path, environment: Mapping[str, str]) -> None:
    say("Building the SDK and the container's server")
    server = source / "packages/sandbox-container"
    script = server / "build.ts"
    # The other C library's bun would be downloaded, and no image here has that library.
    script.write_text(script.read_text().replace("-musl'", "'", 1))
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=source, env=environment)
    for place, command in (
        ("packages/shared", ["npx", "tsc", "--project", "tsconfig.build.json"]),
        ("packages/sandbox-container", ["bun", "run", "build.ts"]),
        ("packages/sandbox", ["npx", "tsdown", "--config", "tsdown.config.ts"]),
    ):
        run(command, cwd=source / place, env=environment, stdout=subprocess.DEVNULL)


def _make_images(directory: Path, source: Path) -> None:
    context, built = directory / "image", source / "packages/sandbox-container"
    server = context / "server"
    executors = "runtime/executors"
    for origin, target in (
        ("dist/sandbox", "sandbox"),
        ("dist/index.js", "dist/index.js"),
        (f"dist/{executors}/javascript/node_executor.js", f"dist/{executors}/javascript/node_executor.js"),
        (f"src/{executors}/python/ipython_executor.py", f"dist/{executors}/python/ipython_executor.py"),
    ):
        (server / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built / origin, server / target)
    tests = source / "tests/e2e/test-worker"
    shutil.copy(tests / "startup-test.sh", context)
    shutil.copy(Path(shutil.which("node") or "node").resolve(), context / "node")
    packages = directory / "bun/node_modules"
    shutil.copy(next(packages.glob("@oven/*/bin/bun")), context / "bun")
    shutil.copy(min(packages.glob("opencode-linux-*/bin/opencode")), context / "opencode")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(context / "site")]
    run([*install, *PYTHON_PACKAGES], stderr=subprocess.DEVNULL)
    version = json.loads((source / "packages/sandbox/package.json").read_text())["version"]
    (context / "Dockerfile").write_text(STAGES.replace("EXPOSE", f"ENV SANDBOX_VERSION={version}\nEXPOSE", 1))
    for stage in sorted(set(KINDS.values())):
        say(f"Building the image {IMAGE}:{stage}")
        run(["docker", "build", "--quiet", "--target", stage, "--tag", f"{IMAGE}:{stage}", str(context)])
    for file, stage in KINDS.items():
        lines = (tests / file).read_text().splitlines()
        ports = [line for line in lines if line.startswith("EXPOSE")]
        (tests / file).write_text("\n".join([f"FROM {IMAGE}:{stage}", *ports, ""]))


def _deploy(project: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of the suite."""

    def pywrangler(*words: str) -> str:
        done = subprocess.run(
            ["pywrangler", *words],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    run(["./generate-config.sh", WORKER], cwd=project, stdout=subprocess.DEVNULL)
    lines = pywrangler("r2", "s3-credentials", "create").splitlines()
    keys = dict(line.split("=", 1) for line in lines if "=" in line)
    account = json.loads(pywrangler("local", "status", "--json"))["account_id"]
    variables = {
        "CLOUDFLARE_ACCOUNT_ID": account,
        "AWS_ACCESS_KEY_ID": keys["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": keys["AWS_SECRET_ACCESS_KEY"],
        "R2_ACCESS_KEY_ID": keys["AWS_ACCESS_KEY_ID"],
        "R2_SECRET_ACCESS_KEY": keys["AWS_SECRET_ACCESS_KEY"],
    }
    secrets = project / ".dev.vars"
    secrets.touch(0o600)
    secrets.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    suffixes = ("", "-python", "-opencode", "-standalone", "-musl")
    fuse = [word for suffix in suffixes for word in ("--allow-fuse", f"{WORKER}{suffix}")]
    deployed = json.loads(pywrangler("deploy", "--json", *fuse))
    return {**variables, "TEST_WORKER_URL": deployed["url"]}


def _test(
    directory: Path,
    source: Path,
    environment: Mapping[str, str],
    transports: Sequence[str],
    files: Sequence[str],
) -> int:
    resolver = directory / "resolver.cjs"
    resolver.write_text(RESOLVER)
    has_failed = False
    for transport in transports:
        say(f"Testing over {transport}")
        report = directory / f"{transport}.json"
        words = ["vitest", "run", "--config", "vitest.e2e.config.ts", "--maxWorkers=2", "--reporter=json"]
        variables = {"TEST_TRANSPORT": transport, "NODE_OPTIONS": f"--require {resolver}"}
        subprocess.run(
            ["npx", *words, f"--outputFile={report}", *files],
            cwd=source,
            env={**environment, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        line, failures = outcome(json.loads(report.read_text()))
        print(f"{transport}: {line}", *failures, sep="\n  ", flush=True)
        has_failed = has_failed or bool(failures)
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
