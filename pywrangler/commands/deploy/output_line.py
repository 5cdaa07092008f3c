"""The line about a deploy in the file that pipelines read, as Wrangler (4.164) writes it."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pywrangler.commands.context.target import Target

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation
    from pywrangler.config.records import Configuration
    from pywrangler.deploy.bundle.bundling import Bundle
    from pywrangler.deploy.deployment import Outcome


def write_deploy(
    run: Invocation, configuration: Configuration, outcome: Outcome | None, urls: Sequence[str] = ()
) -> None:
    """Write the line of a deploy; of a dry run if there is no outcome."""
    if run.output is None:
        return
    environment = run.options.environment if run.options.environment is not None else run.environment_name
    fields = {
        "worker_name": configuration.name,
        "worker_tag": outcome.worker_tag if outcome else None,
        "version_id": outcome.version_id if outcome else None,
        **({"targets": targets(run, configuration, outcome, urls)} if outcome else {}),
        **({} if environment is None else {"wrangler_environment": environment}),
        "worker_name_overridden": False,
        **({"bundle_size": bundle_size(run.output.bundle)} if run.output.bundle else {}),
    }
    run.output.write("deploy", fields)


def targets(
    run: Invocation, configuration: Configuration, outcome: Outcome, urls: Sequence[str]
) -> list[str]:
    """Where the Worker answers and what calls it, in Wrangler's words for them."""
    schedules = [f"schedule: {cron}" for cron in configuration.crons or ()]
    if run.target is Target.LOCAL:
        return [*urls, *schedules]
    own = [url for url in urls[:1] if outcome.plan.triggers.workers_dev and url.endswith(".workers.dev")]
    return [*own, *outcome.plan.triggers.routes.targets, *schedules]


def bundle_size(bundle: Bundle) -> dict[str, int]:
    """The bytes of all modules, plain and compressed."""
    content = b"".join(module.content for module in bundle.modules)
    return {"raw_bytes": len(content), "gzip_bytes": len(gzip.compress(content, 6, mtime=0))}
