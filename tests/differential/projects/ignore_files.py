"""Rules of ignore files."""

from __future__ import annotations

from tests.differential.projects.project import COPY_ALL, TREE, Project, ignored
from tests.differential.projects.steps import link, write

IGNORED = [
    ignored("ignored", "src\n", "src/main.py", is_other=False),
    ignored("ignored-glob", "**/*.log\n", "src/deep/a.log", is_other=False),
    ignored("ignored-not-deep", "*.log\n", "src/deep/a.log", is_other=True),
    ignored("ignored-in-another-case", "README.md\n", "readme.md", is_other=True),
    ignored("ignored-in-case", "*.MD\n", "docs.md", is_other=True),
    ignored("negated-glob", "*\n!src/*.py\n", "src/main.py", is_other=True),
    ignored("negated-deep", "*\n!**/deep\n", "src/deep/a.log", is_other=True),
    ignored("negated-directory", "src\n!src/deep\n", "src/deep/a.log", is_other=True),
    ignored("negated-then-ignored", "*\n!src\nsrc/deep\n", "src/deep/a.log", is_other=False),
    ignored("negated-set", "[^d]*\n", "docs/a.md", is_other=True),
    ignored("set", "[a-d]*\n", "docs/a.md", is_other=False),
    ignored("slash-first", "/docs\n", "docs/a.md", is_other=False),
    ignored("slash-first-not-deep", "/deep\n", "src/deep/a.log", is_other=True),
    ignored("dots", "./docs/../src/\n", "src/main.py", is_other=False),
    ignored("question-mark", "?ocs\n", "docs/a.md", is_other=False),
    ignored("escaped", "\\!odd\n", "!odd", is_other=False),
    ignored("remark-with-blank", " # page\n", "page", is_other=True),
    ignored("crlf-rules", "src\r\ndocs\r\n", "docs/a.md", is_other=False),
    ignored("mark-of-byte-order", "\ufeffsrc\n", "src/main.py", is_other=False),
    ignored("blanks", "  docs  \n", "docs/a.md", is_other=False),
    ignored("bad-pattern", "[\n", "page", is_other=False),
    ignored("lone-exclamation", "src\n!\n", "docs/a.md", is_other=False),
    Project(
        "rules-let-in",
        COPY_ALL,
        write(".dockerignore", "docs\n.dockerignore\n"),
        files={**TREE, ".dockerignore": "docs\nsrc\n.dockerignore\n"},
    ),
    Project(
        "rules-remark",
        COPY_ALL,
        write(".dockerignore", "# docs\n.dockerignore\n"),
        is_other=False,
        files={**TREE, ".dockerignore": "# one\n.dockerignore\n"},
    ),
    Project(
        "rules-are-copied", COPY_ALL, write(".dockerignore", "# two\n"), files={".dockerignore": "# one\n"}
    ),
    Project(
        "rules-linked",
        COPY_ALL,
        write("rules/common", "docs\n.dockerignore\nrules\n"),
        files={**TREE, "rules/common": "docs\nsrc\n.dockerignore\nrules\n"},
        prepare=link(".dockerignore", "rules/common"),
    ),
    Project(
        "rules-linked-out",
        COPY_ALL,
        write("src/main.py"),
        files={**TREE, "../common": "src\n"},
        prepare=link(".dockerignore", "../common"),
    ),
    Project(
        "own-rules-win",
        COPY_ALL,
        write("src/main.py"),
        files={**TREE, ".dockerignore": "src\n", "Dockerfile.dockerignore": "docs\n"},
    ),
    Project(
        "own-rules-ignore",
        COPY_ALL,
        write("docs/a.md"),
        is_other=False,
        files={**TREE, ".dockerignore": "src\n", "Dockerfile.dockerignore": "docs\n"},
    ),
    Project(
        "own-rules-new",
        COPY_ALL,
        write("Dockerfile.dockerignore", "docs\nDockerfile*\n"),
        files={**TREE, ".dockerignore": "Dockerfile*\n"},
    ),
    Project(
        "own-rules-of-another-name",
        COPY_ALL,
        write("src/main.py"),
        files={**TREE, "docker/web.Dockerfile.dockerignore": "docs\n", "Dockerfile.dockerignore": "src\n"},
        path="docker/web.Dockerfile",
    ),
    Project(
        "own-rules-outside",
        COPY_ALL,
        write("src/main.py"),
        files={**TREE, ".dockerignore": "src\n", "../docker/Dockerfile.dockerignore": "docs\n"},
        path="../docker/Dockerfile",
    ),
    Project(
        "dockerfile-ignored",
        COPY_ALL,
        write("Dockerfile", f"# two\n{COPY_ALL}"),
        is_other=False,
        files={**TREE, ".dockerignore": "Dockerfile\n.dockerignore\n"},
    ),
    Project("dockerfile-is-copied", COPY_ALL, write("Dockerfile", f"# two\n{COPY_ALL}"), files=TREE),
    Project(
        "piped-has-no-own-rules",
        COPY_ALL,
        write("src/main.py"),
        files={
            **TREE,
            ".dockerignore": "docs\n",
            "Dockerfile.dockerignore": "src\n",
            "../docker/Dockerfile": COPY_ALL,
        },
        prepare=link("Dockerfile", "../docker/Dockerfile"),
    ),
]
