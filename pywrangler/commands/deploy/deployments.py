"""Runs a deploy for the command line: chooses the cloud's parts, shows progress, prints what came of it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pywrangler.commands.context.engines import build_settings, check_same_engine, engine_connector
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.stored_login import stored_client
from pywrangler.commands.context.target import Target
from pywrangler.commands.deploy.elsewhere import find_elsewhere
from pywrangler.commands.deploy.fuse import settle_fuse
from pywrangler.commands.deploy.result import show_outcome
from pywrangler.commands.deploy.s3_credentials import settle_s3_credentials
from pywrangler.commands.shared.progress import BuildTasks, DeployReporter, InstallTask
from pywrangler.dataclass import dataclass
from pywrangler.deploy.bundle.bundler_errors import missing_default_export
from pywrangler.deploy.bundle.bundling import NO_CODE, Bundle, bundle, write_metafile, write_modules
from pywrangler.deploy.code.mistakes import find_mistakes
from pywrangler.deploy.deployment import (
    Cloud,
    DeployImages,
    Deployment,
    Outcome,
    Readiness,
    Uploaded,
)
from pywrangler.deploy.images.builds import Builds
from pywrangler.deploy.images.local_images import LocalImages, registry_login
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.deploy.images.platform_registry import platform_registry
from pywrangler.deploy.images.registry_images import RegistryImages
from pywrangler.deploy.readiness.readiness import BringUpReadiness, RolloutReadiness
from pywrangler.deploy.worker.address import without_effect
from pywrangler.deploy.worker.local_products import check_local, for_cloudflare, for_local_platform
from pywrangler.deploy.worker.settings import check_deployable
from pywrangler.deploy.worker.upload_form import write_upload
from pywrangler.errors import BuildError, ExitStatus, MissingError
from pywrangler.toolchain.browser import NO_BROWSER, find_browser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration
    from pywrangler.console import Progress
    from pywrangler.deploy.records import DeploySettings
    from pywrangler.images.records import BuildWishes

WAIT_SECONDS = 600.0
"""How long to wait for a rollout, where nothing else is said."""


@dataclass(frozen=True)
class DeployRequest:
    """The request of the command line. `wait` is None if the command line does not say."""

    configuration: Configuration
    options: DeploySettings
    check_exports: Callable[[frozenset[str]], object]
    """Checks the configuration once more, now that the names are known which the Worker's code exports."""
    wait: bool | None
    wait_seconds: float
    """How long the deploy waits, if it waits."""
    outdir: Path | None
    """Where to leave the bundle too."""
    outfile: Path | None
    """Where to leave what is uploaded."""
    metafile: Path | None
    """Where to leave esbuild's description of the bundle."""
    docker: str | None
    as_json: bool
    builds: BuildWishes | None = None
    """The user's options for builds of images."""
    allow_fuse: tuple[str, ...] = ()
    deny_fuse: tuple[str, ...] = ()
    """Applications that may mount with FUSE on the local platform from now on, or may not."""
    take_json: Callable[[object], None] | None = None
    """What gets the result in place of standard output, where several Workers have one."""


def plan_only(run: Invocation, request: DeployRequest) -> int:
    """Print what a deploy would change."""
    request = for_target(run, request)
    warn_of_configuration(run, request.configuration)
    with run.console.progress() as progress:
        client = run.existing_client()
        images = images_of(run, request, builds_of(run, request), client, progress)
        cloud = Cloud(client, images, None, is_local=run.target is Target.LOCAL)
        plan = _deployment(run, request, cloud, progress).dry_run()
    if run.output is not None:
        from pywrangler.commands.deploy.output_line import write_deploy

        write_deploy(run, request.configuration, None)
    if request.as_json:
        print_json = request.take_json or run.console.json
        print_json({"dry_run": True, "changes": not plan.is_unchanged, "plan": plan.lines()})
    else:
        for line in plan.lines():
            run.console.result(line)
        run.console.info("Dry run: nothing was changed.")
    return ExitStatus.OK


def run_deployment(run: Invocation, request: DeployRequest) -> int:
    """Deploy, and print what came of it; the exit status."""
    request = for_target(run, request)
    begin = time.perf_counter()
    builds = builds_of(run, request)
    uses_engine = bool(request.configuration.containers) and request.options.rollout != "none"
    # The engine comes first: the platform, when it is started, finds its own in the same way.
    engine = builds.engine if run.target is Target.LOCAL and uses_engine else None
    client = run.changing_client()
    if engine is not None:
        check_same_engine(client, engine)
        settle_fuse(run, client, request.configuration, request.allow_fuse, request.deny_fuse)
    if run.target is Target.LOCAL:
        settle_s3_credentials(run, client, request.configuration)
    warn_of_configuration(run, request.configuration)
    with run.console.progress() as progress:
        if run.target is Target.LOCAL and request.configuration.assets:
            install_product_workers(run, progress)
        images = images_of(run, request, builds, client, progress)
        readiness = _readiness(run, request, client, progress)
        cloud = Cloud(client, images, readiness, is_local=run.target is Target.LOCAL)
        deployment = _deployment(run, request, cloud, progress)
        outcome = deployment.run()
    outcome.seconds["total"] = round(time.perf_counter() - begin, 3)
    _keep_images(run, client, request, outcome)
    return show_outcome(
        run, request.configuration, outcome, as_json=request.as_json, take_json=request.take_json
    )


def upload_version(run: Invocation, request: DeployRequest) -> tuple[Uploaded, Client, float]:
    """Upload a version that serves no requests; the version, the client, and how many seconds it took."""
    request = for_target(run, request)
    begin = time.perf_counter()
    builds = builds_of(run, request)
    engine = builds.engine if run.target is Target.LOCAL and request.configuration.containers else None
    client = run.changing_client()
    if engine is not None:
        check_same_engine(client, engine)
    warn_of_configuration(run, request.configuration)
    with run.console.progress() as progress:
        images = images_of(run, request, builds, client, progress)
        cloud = Cloud(client, images, None, is_local=run.target is Target.LOCAL)
        uploaded = _deployment(run, request, cloud, progress).upload()
    return uploaded, client, time.perf_counter() - begin


def _keep_images(run: Invocation, client: Client, request: DeployRequest, outcome: Outcome) -> None:
    """Remember which images a deploy to Cloudflare gave to applications with this version."""
    images = {
        change.container.name: change.body["configuration"]["image"]
        for change in outcome.plan.applications
        if not change.container.is_managed
    }
    if run.target is Target.LOCAL or outcome.version_id is None or not images:
        return
    from pywrangler.deploy.going_back.record import ImageRecord

    ImageRecord(run.home, client.account_id or "").add(request.configuration.name, outcome.version_id, images)


def warn_of_configuration(run: Invocation, configuration: Configuration) -> None:
    """Warn about oddities of the configuration that do not prevent a deploy."""
    from pywrangler.config.problems.rendering import summary

    for warning in configuration.warnings:
        run.console.warning(summary(warning, run.directory), multiline=True)


def for_target(run: Invocation, request: DeployRequest) -> DeployRequest:
    """The request as the target can carry it out: the local platform has no other products of Cloudflare, and
    to Cloudflare nothing goes that would be missing there.
    """
    configuration = request.configuration
    if run.target is not Target.LOCAL:
        check_deployable(configuration)
        return replace(request, configuration=for_cloudflare(configuration))
    check_local(configuration, run.environment)
    if warning := without_effect(configuration):
        run.console.warning(warning)
    if configuration.cloudflare.get("browser") and find_browser(run.environment) is None:
        run.console.warning(NO_BROWSER)
    elsewhere = find_elsewhere(run, configuration)
    return replace(
        request,
        configuration=for_local_platform(configuration, run.environment),
        options=replace(request.options, elsewhere=elsewhere),
    )


def _readiness(
    run: Invocation, request: DeployRequest, client: Client, progress: Progress
) -> Readiness | None:
    """The wait for readiness: on the local platform for all users; at Cloudflare, as with Wrangler, for
    people only.
    """
    is_local = run.target is Target.LOCAL
    waits = request.wait if request.wait is not None else is_local or run.is_interactive
    if not waits or request.options.rollout == "none":
        return None
    if is_local:
        say, warn = run.console.info, run.console.warning
        return BringUpReadiness(client, progress.task, request.wait_seconds, say=say, warn=warn)
    return RolloutReadiness(client, progress.task, request.wait_seconds)


def _deployment(run: Invocation, request: DeployRequest, cloud: Cloud, progress: Progress) -> Deployment:
    configuration = request.configuration
    return Deployment(
        configuration,
        request.options,
        cloud,
        _bundler(run, request, progress),
        DeployReporter(run.console),
    )


def _bundler(run: Invocation, request: DeployRequest, progress: Progress) -> Callable[[], Bundle]:
    def make_bundle() -> Bundle:
        run_build(run, request.configuration, progress)
        return bundle_worker(run, request, progress)

    return make_bundle


def bundle_worker(run: Invocation, request: DeployRequest, progress: Progress) -> Bundle:
    """Bundle the Worker, check what the bundle shows, and leave it where the request says, too."""
    from pywrangler.toolchain import ensure

    if request.configuration.main is None:
        return NO_CODE
    made = bundle(request.configuration, ensure(run.environment, InstallTask(progress)), run.environment)
    if made.warnings:
        run.console.warning(made.warnings, multiline=True)
    if not made.has_default_export:
        problem = missing_default_export(request.configuration)
        run.console.warning(f"{problem.place}: {problem.message} {problem.hint}", multiline=True)
    if run.target is Target.LOCAL and any(b"caches" in module.content for module in made.modules):
        with suppress(MissingError):  # the platform does without, and says so in the Worker's log
            install_product_workers(run, progress)
    for mistake in find_mistakes(request.configuration, made.inputs):
        run.console.warning(f"{mistake.place}: {mistake.message} {mistake.hint}", multiline=True)
    if made.exported_classes is not None:
        request.check_exports(made.exported_classes)
    if run.output is not None:
        run.output.bundle = made
    if request.outdir is not None:
        write_modules(made, request.outdir)
    if request.outfile is not None:
        write_upload(request.configuration, made, request.outfile)
    if request.metafile is not None:
        write_metafile(made, request.metafile)
    return made


def run_build(run: Invocation, configuration: Configuration, progress: Progress) -> None:
    """Run the command that makes the Worker's files, if there is one."""
    from pywrangler.deploy.bundle.build_command import run_build_command

    if configuration.build is None:
        return
    task = progress.task("Build command")
    try:
        run_build_command(configuration.build, run.directory, run.environment, task.update)
    except BuildError:
        task.failed()
        raise
    task.done()


def install_product_workers(run: Invocation, progress: Progress) -> None:
    """Fetch what serves static assets and caches here; the platform would do it, too, and show nothing."""
    from pywrangler.toolchain import ensure_product_workers

    ensure_product_workers(run.environment, InstallTask(progress))


def builds_of(run: Invocation, request: DeployRequest) -> Builds:
    """What builds the images of this deploy."""
    return Builds(
        engine_connector(run, request.configuration),
        build_settings(run, request.docker),
        request.builds,
    )


def _registry_of_login(
    run: Invocation, configuration: Configuration, managed_host: str
) -> ManagedRegistry | None:
    """The managed registry at Cloudflare of the stored login's account; None if no login is stored."""
    client = stored_client(run, configuration)
    return ManagedRegistry(client, managed_host, run.environment) if client else None


def images_of(
    run: Invocation, request: DeployRequest, builds: Builds, client: Client | None, progress: Progress
) -> DeployImages:
    """Where the target takes its images from."""
    from pywrangler.cloudflare.service import managed_registry

    builds.progress = BuildTasks(progress)
    managed_host = managed_registry(run.service_environment)
    if run.target is Target.LOCAL:
        builds.owner = (client.account_id if client else None) or ""
        return LocalImages(
            builds,
            lambda domain: registry_login(client, domain),
            lambda: platform_registry(client, managed_host) if client else None,
            lambda: _registry_of_login(run, request.configuration, managed_host),
        )
    registry = ManagedRegistry(client, managed_host, run.environment)
    return RegistryImages(builds, registry, progress.task)
