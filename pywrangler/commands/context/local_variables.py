"""`.dev.vars` and `.env` for the local platform, by Wrangler's rules for local development."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration
    from pywrangler.sensitive import Sensitive

USE_ENV_FILES_VARIABLE = "CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV"


def local_variables(
    run: Invocation, configuration: Configuration, *, unless: Container[str]
) -> dict[str, Sensitive[str]]:
    """What the files beside the configuration give the Worker, where the target is the local platform.

    Names in `unless` are left out: the command line says more about them.
    """
    if run.target is not Target.LOCAL:
        return {}
    from pywrangler.config.dotenv import read_worker_variables

    found = read_worker_variables(
        configuration.file.parent,
        configuration.environment,
        [run.directory / file for file in run.options.environment_files],
        uses_env_files=run.environment.get(USE_ENV_FILES_VARIABLE, "").lower() != "false",
    )
    return {name: value for name, value in found.items() if name not in unless}
