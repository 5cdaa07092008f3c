"""`pywrangler dev`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.options import DevOptions
from pywrangler.errors import PywranglerError, UsageError


def dev(run: Invocation, given: DevOptions) -> int:
    """Run the Worker with its containers on the local platform, and bring in what is saved.

    Prints what the Worker logs, throws and handles, and what its containers write, until it is ended (`q` or
    Ctrl-C). Then a Worker that was deployed before is put back as it was. Stored data stays in any case.

    With several --config it runs a Worker for each, deployed in this order; each has an address of its own.
    Options that are about one Worker, such as --port and --var, are about the first.

    Example: pywrangler dev --port 8080
    """
    if run.options.remote:
        raise UsageError(
            "`pywrangler dev` runs the Worker on the local platform only.",
            hint="Omit `--remote`. `pywrangler deploy` deploys to Cloudflare.",
        )
    from pywrangler.commands.dev.session import DevSession

    try:
        return DevSession(run, given).run_to_the_end()
    except PywranglerError as error:
        from pywrangler.commands.doctor.cures import explain

        explain(run, error)
        raise
