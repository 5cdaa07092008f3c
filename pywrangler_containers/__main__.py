"""Starts the command line. `--version` answers before anything heavy is imported."""

from __future__ import annotations

import gc
import signal
import sys

COLLECTED_OBJECTS = 50_000
"""How many new objects the garbage collector lets pass between its runs: some megabytes.

What imports make lives to the end. With Python's own 700 the collector takes a tenth of a short command.
"""
HIDDEN = (
    "pywrangler cannot start: its modules are not where Python looks for them ({missing} does not exist). "
    "Another package of the same name, such as workers-py, hides them, or the installation is incomplete. "
    "Install pywrangler-containers again, in an environment of its own."
)


def main() -> int:
    """Run the command line with the process's arguments; returns the exit status."""
    gc.set_threshold(COLLECTED_OBJECTS, *gc.get_threshold()[1:])
    arguments = sys.argv[1:]
    try:
        if arguments in (["--version"], ["-v"]):
            from pywrangler.version import VERSION

            sys.stdout.write(VERSION + "\n")
            return 0
        can_be_interrupted = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if can_be_interrupted:
            # Nothing has begun, so Ctrl-C ends the process; an interrupted import would show a traceback.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        from pywrangler.commands.running.app import run
        from pywrangler.commands.running.signals import ending_like_ctrl_c
        from pywrangler.commands.running.standard_streams import (
            drop_unwritten_output,
            open_closed_streams,
        )
    except ModuleNotFoundError as error:
        # A missing dependency names itself better in Python's own words.
        if error.name is None or error.name.partition(".")[0] != "pywrangler":
            raise
        sys.stderr.write(HIDDEN.format(missing=error.name) + "\n")
        return 1
    if can_be_interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    open_closed_streams()
    with ending_like_ctrl_c():
        status = run(arguments)
        drop_unwritten_output()
    gc.freeze()  # the interpreter's end would search all that was imported once more
    return status


if __name__ == "__main__":
    sys.exit(main())
