"""Runs a deploy for the command line: chooses the cloud's parts, shows progress, prints what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pywrangler.cli.clouds import build_settings, connect_engine
from pywrangler.cli.deploy_progress import BuildTasks, DeployReporter, InstallTask
from pywrangler.cli.deploy_result import show_outcome
from pywrangler.cli.invocation import Invocation
from pywrangler.cli.target import Target
from pywrangler.deploy.bundle import Bundle, bundle
from pywrangler.deploy.deployment import Cloud, Deployment
from pywrangler.deploy.local_images import LocalImages
from pywrangler.deploy.proofs import BringUpProof
from pywrangler.errors import ExitStatus, PywranglerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pywrangler.config.records import Configuration
    from pywrangler.console import Progress
    from pywrangler.deploy.plan import Options

WAIT_SECONDS = 600.0
"""How long to wait for a rollout."""


@dataclass(frozen=True)
class Request:
    """What was asked for. `wait` is None where the command line does not say."""

    configuration: Configuration
    options: Options
    wait: bool | None
    docker: str | None
    as_json: bool


def plan_only(run: Invocation, request: Request) -> int:
    """Print what a deploy would change."""
    with run.console.progress() as progress:
        images = _images(run, request, BuildTasks(progress))
        cloud = Cloud(run.existing_client(), images, None)
        plan = _deployment(run, request, cloud, progress).dry_run()
    if request.as_json:
        run.console.json({"dry_run": True, "changes": not plan.is_unchanged, "plan": plan.lines()})
    else:
        for line in plan.lines():
            run.console.result(line)
        run.console.info("Dry run: nothing was changed.")
    return ExitStatus.OK


def run_deployment(run: Invocation, request: Request) -> int:
    """Deploy, and print what came of it; the exit status."""
    for warning in request.configuration.warnings:
        run.console.warning(f"{warning.place}: {warning.message}" if warning.place else warning.message)
    begin = time.perf_counter()
    client = run.changing_client()
    with run.console.progress() as progress:
        tasks = BuildTasks(progress)
        images = _images(run, request, tasks)
        waits = request.wait is not False and request.options.rollout != "none"
        proof = BringUpProof(client, progress.task, WAIT_SECONDS) if waits else None
        deployment = _deployment(run, request, Cloud(client, images, proof), progress)
        try:
            outcome = deployment.run()
        except PywranglerError:
            tasks.failed()
            raise
    outcome.seconds["total"] = round(time.perf_counter() - begin, 3)
    return show_outcome(run, request.configuration, outcome, as_json=request.as_json)


def _deployment(run: Invocation, request: Request, cloud: Cloud, progress: Progress) -> Deployment:
    configuration = request.configuration
    return Deployment(
        configuration,
        request.options,
        cloud,
        _bundler(run, configuration, progress),
        DeployReporter(run.console),
    )


def _bundler(run: Invocation, configuration: Configuration, progress: Progress) -> Callable[[], Bundle]:
    def make_bundle() -> Bundle:
        from pywrangler.toolchain import ensure

        made = bundle(configuration, ensure(run.environment, InstallTask(progress)), run.environment)
        if made.warnings:
            run.console.warning(made.warnings)
        return made

    return make_bundle


def _images(run: Invocation, request: Request, tasks: BuildTasks) -> Any:
    settings = build_settings(run, request.docker)
    connect = connect_engine(run, request.configuration)
    if run.target is Target.LOCAL:
        return LocalImages(connect, settings, tasks)
    raise PywranglerError("Deploying to Cloudflare is not there yet.")
