"""The project as its files are now: each reading is a separate run, so that nothing is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.deploy.options import DeployOptions, RolloutKind
from pywrangler.commands.dev.inputs import WorkerPart
from pywrangler.commands.dev.options import TAKEN_OVER, DevOptions
from pywrangler.commands.dev.parts import (
    assets_part,
    build_part,
    code_part,
    configuration_part,
    image_part,
)
from pywrangler.dataclass import dataclass

if TYPE_CHECKING:
    from pywrangler.commands.deploy.deployments import DeployRequest
    from pywrangler.config.records import Configuration
    from pywrangler.console import Console


@dataclass(frozen=True)
class Reading:
    """One reading of the project: the run that read it, and what to deploy."""

    run: Invocation
    request: DeployRequest

    @property
    def configuration(self) -> Configuration:
        """What the configuration says, with the command line laid over it."""
        return self.request.configuration


class DevProject:
    """Reads the project of a run."""

    def __init__(self, run: Invocation, given: DevOptions, console: Console) -> None:
        self._run = run
        self._given = given
        self._console = console

    def read(self) -> Reading:
        """Read everything again. Raises `PywranglerError` for what is wrong."""
        from pywrangler.commands.deploy.deploy import loading, override, refuse_wrong, request_of
        from pywrangler.commands.deploy.deployments import for_target, warn_of_configuration

        given = replace(
            DeployOptions(),
            containers_rollout=RolloutKind.IMMEDIATE,
            **{name: getattr(self._given, name) for name in TAKEN_OVER},
        )
        refuse_wrong(given)
        run = self.fresh_run()
        run.check_environment()
        load_file = loading(run, given)
        configuration = self._with_address(override(run, load_file(), given))
        request = for_target(run, request_of(run, given, configuration, load_file))
        warn_of_configuration(run, request.configuration)
        return Reading(run, request)

    def fresh_run(self) -> Invocation:
        """A run that has read nothing yet, on the local platform."""
        options = replace(self._run.options, remote=False)
        run = Invocation(self._run.surroundings, options, arguments=self._run.arguments)
        run.console = self._console
        run.is_interactive = False  # keys are commands here
        return run

    def _with_address(self, configuration: Configuration) -> Configuration:
        port, ip, said = self._given.port, self._given.ip, configuration.dev
        if port is not None:
            said = replace(said, port=port or None)
        if ip is not None:
            said = replace(said, ip=None if ip.lower() == "localhost" else ip)
        return replace(configuration, dev=said)

    def configuration_part(self, *, has_failed: bool) -> WorkerPart:
        """The files that `read` reads; `has_failed`: it raised an error."""
        run = self._run
        found = run.project.found
        file = run.project.required_file
        others = [path for path in (found.redirection, found.original) if path] if found else []
        env_files = [run.directory / each for each in run.options.environment_files]
        return configuration_part(file, others, run.environment_name, env_files, has_failed=has_failed)

    def parts(
        self,
        reading: Reading | None,
        inputs: Iterable[Path],
        *,
        has_failed: bool,
        has_reading_failed: bool = False,
    ) -> list[WorkerPart]:
        """The parts of what was read; only the configuration before the first reading."""
        found = [self.configuration_part(has_failed=has_reading_failed)]
        if reading is None:
            return found
        from pywrangler.config.records import DockerfileImage
        from pywrangler.deploy.images.units import image_units

        configuration = reading.configuration
        found.append(code_part(configuration, inputs, has_failed=has_failed))
        found += [
            part
            for part in (build_part(configuration, reading.run.directory), assets_part(configuration))
            if part
        ]
        found += [
            image_part(unit, unit.image)
            for unit in image_units(configuration.name, configuration.containers)
            if isinstance(unit.image, DockerfileImage)
        ]
        return found
