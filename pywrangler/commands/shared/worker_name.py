"""Finds the Worker that a command refers to."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import UsageError


def worker_name(run: Invocation, name: str | None, *, has_suffix: bool = True) -> str:
    """The Worker's name: `--name`, otherwise the file's. `--env` becomes the suffix of a name that is given,
    with Wrangler (4.164) for secrets, and not where a Worker is deleted.
    """
    fields = run.project.fields
    if fields and fields.get("pages_build_output_dir"):
        raise UsageError(f"{fields.file} belongs to a Pages project, and this command is for Workers.")
    if name:
        # The option alone, not CLOUDFLARE_ENV: Wrangler 4.164 takes it so, and scripts set both.
        return f"{name}-{run.options.environment}" if has_suffix and run.options.environment else name
    if name is not None:  # and empty: a variable of the script that has no value, which is not the default
        raise UsageError("`--name` is empty.", hint="Give the Worker's name, or omit the option.")
    if fields is None or fields.worker_name is None:
        raise UsageError(
            "No Worker is named.", hint="Give `--name WORKER`, or run the command in the Worker's project."
        )
    return fields.worker_name
