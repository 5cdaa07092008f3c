"""Options about a Worker's code and images that `deploy` and `dev` share, under Wrangler's names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str | None, typer.Option("--name", help="Name of the Worker.", metavar="WORKER")]
CompatibilityDate = Annotated[
    str | None,
    typer.Option(
        "--compatibility-date", metavar="YYYY-MM-DD", help="Instead of the date in the configuration."
    ),
]
CompatibilityFlags = Annotated[
    list[str] | None,
    typer.Option(
        "--compatibility-flags",
        "--compatibility-flag",
        metavar="FLAG",
        help="Flags, instead of those in the configuration.",
    ),
]
Latest = Annotated[
    bool, typer.Option("--latest", help="Use the newest compatibility date that the runtime knows.")
]
NoBundle = Annotated[
    bool | None,
    typer.Option("--no-bundle/--bundle", help="Take the entry file as it is.", show_default=False),
]
Minify = Annotated[
    bool | None, typer.Option("--minify/--no-minify", help="Minify the code.", show_default=False)
]
Define = Annotated[
    list[str] | None, typer.Option("--define", metavar="KEY:VALUE", help="Replace a name in the code.")
]
Alias = Annotated[
    list[str] | None, typer.Option("--alias", metavar="FROM:TO", help="Replace one module by another.")
]
Tsconfig = Annotated[Path | None, typer.Option("--tsconfig", help="tsconfig.json for the bundler.")]
JsxFactory = Annotated[
    str | None,
    typer.Option("--jsx-factory", metavar="NAME", help="The function that creates JSX elements."),
]
JsxFragment = Annotated[
    str | None,
    typer.Option("--jsx-fragment", metavar="NAME", help="The component that creates JSX fragments."),
]
Assets = Annotated[
    str | None,
    typer.Option(
        "--assets", metavar="DIRECTORY", help="Static files to serve, instead of those in the configuration."
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Build every step of the images, even if nothing changed.")
]
AllowFuse = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-fuse",
        metavar="APPLICATION",
        help="Let the containers of an application mount with FUSE on the local platform, from now on.",
    ),
]
DenyFuse = Annotated[
    list[str] | None,
    typer.Option("--deny-fuse", metavar="APPLICATION", help="Do not let them, and do not ask again."),
]
