"""Starts the command line, nothing else. `--version` answers before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line with the process's arguments; returns the exit status."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-v"]):
        from pywrangler import __version__

        sys.stdout.write(__version__ + "\n")
        return 0
    from pywrangler.cli.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
