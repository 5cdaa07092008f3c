"""Options of the commands that make this machine a node."""

from __future__ import annotations

from typing import Annotated

import typer

Advertise = Annotated[
    str,
    typer.Option(
        "--advertise",
        help="Address at which the other machines reach this one, in a private network.",
        metavar="ADDRESS[:PORT]",
    ),
]
