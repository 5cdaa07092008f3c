"""The fields of `assets`. Source: Wrangler 4.164.0's configuration types and validation."""

from __future__ import annotations

from pywrangler.config.schema.kinds import Field, Flag, ListOf, OneOf, Table, Text

ASSETS = Table(
    (
        Field("directory", Text(), "The directory of the files. `deploy --assets` names another one."),
        Field("binding", Text(), "The binding's name in `env`, for Workers that fetch assets themselves."),
        Field(
            "html_handling",
            Text(choices=("auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none")),
            "Which paths serve HTML files, and which are redirected to them.",
            default="auto-trailing-slash",
        ),
        Field(
            "not_found_handling",
            Text(choices=("single-page-application", "404-page", "none")),
            "What is served if there is no file: `index.html`, the nearest `404.html`, or nothing.",
            default="none",
        ),
        Field(
            "base_path",
            Text(
                pattern=r"(?!//)(?![A-Za-z][A-Za-z0-9+.\-]*:)[^\\?#%\x00-\x1f\x7f]+",
                wanted='a path such as "/docs"',
            ),
            "The path that the files are served under.",
            default="/",
        ),
        Field(
            "run_worker_first",
            OneOf((Flag(), ListOf(Text()))),
            "Which requests the Worker gets even if there is a file: all, or those to paths such as "
            "`/api/*`, but not those to paths with `!` in front.",
            default="false",
        ),
    )
)
