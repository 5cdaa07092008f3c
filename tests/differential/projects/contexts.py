"""What a build reads of the context's files: contents, modes, names."""

from __future__ import annotations

import stat

from tests.differential.projects.project import BIND, COPY_ALL, COPY_PAGE, PAGE, TREE, Project
from tests.differential.projects.steps import (
    BUSYBOX,
    attribute,
    directory,
    link,
    mode,
    remove,
    rename,
    same_size_and_time,
    steps,
    times,
    write,
)

CONTEXT = [
    Project("copied", COPY_PAGE, write("page"), files=PAGE),
    Project("not-copied", COPY_PAGE, write("other"), is_other=False, files={**PAGE, "other": "one\n"}),
    # The Docker CLI sends no file again whose size and time are the same, and looks at no attributes.
    Project("same-size-and-time", COPY_PAGE, same_size_and_time("page", "two\n"), False, PAGE),
    Project("times", COPY_PAGE, times("page"), is_other=False, files=PAGE),
    Project("times-of-all", COPY_ALL, times("src"), is_other=False, files=TREE),
    Project("mode", COPY_PAGE, mode("page", 0o755), files=PAGE),
    Project("mode-of-a-directory", COPY_ALL, mode("src", 0o700), False, TREE),
    Project("set-uid", COPY_PAGE, mode("page", 0o644 | stat.S_ISUID), files=PAGE),
    Project("attribute", COPY_PAGE, attribute("page", b"two"), False, PAGE, attribute("page", b"one")),
    Project("new-file", COPY_ALL, write("src/new"), files=TREE),
    Project("new-empty-file", COPY_ALL, write("src/new", ""), files=TREE),
    Project("new-empty-directory", COPY_ALL, directory("src/empty"), files=TREE),
    Project("empty-directory-gone", COPY_ALL, remove("empty"), files=TREE, prepare=directory("empty")),
    Project("renamed", COPY_ALL, rename("page", "Page"), files=TREE),
    Project("renamed-directory", COPY_ALL, rename("src", "lib"), files=TREE),
    Project("gone-from-all", COPY_ALL, remove("docs/a.md"), files=TREE),
    Project("gone", COPY_PAGE, remove("page"), files=PAGE),
    Project("file-becomes-directory", COPY_PAGE, steps(remove("page"), write("page/a")), files=PAGE),
    Project("file-becomes-link", COPY_ALL, link("page", "src/main.py"), files=TREE),
    Project("git-directory", COPY_ALL, write(".git/HEAD"), files={**PAGE, ".git/HEAD": "one\n"}),
    Project("odd-names", COPY_ALL, write("é ü/a\nb#c"), files={**PAGE, "é ü/a\nb#c": "one\n"}),
    Project("glob-new", f"FROM {BUSYBOX}\nCOPY *.txt /x/\n", write("b.txt"), files={"a.txt": "one\n"}),
    Project(
        "glob-new-outside", f"FROM {BUSYBOX}\nCOPY *.txt /x/\n", write("b.md"), False, {"a.txt": "one\n"}
    ),
    Project("glob-set", f"FROM {BUSYBOX}\nCOPY [ab].t?t /x/\n", write("b.tzt"), files={"a.txt": "one\n"}),
    Project("glob-in-case", f"FROM {BUSYBOX}\nCOPY *.TXT /x/\n", write("B.TXT"), files={"A.TXT": "one\n"}),
    Project(
        "glob-in-directory",
        f"FROM {BUSYBOX}\nCOPY */a.md /x/\n",
        write("src/a.md"),
        files={"docs/a.md": "one\n"},
    ),
    Project("json-form", f'FROM {BUSYBOX}\nCOPY ["a b", "/x"]\n', write("a b"), files={"a b": "one\n"}),
    Project("quoted-name", f'FROM {BUSYBOX}\nCOPY "page" /x\n', write("page"), files=PAGE),
    Project("variable-name", f"FROM {BUSYBOX}\nARG P=page\nCOPY ${{P:-no}} /x\n", write("page"), files=PAGE),
    Project(
        "escaped-lines", f"FROM {BUSYBOX}\nCOPY page \\\n # a remark\n\n  /x\n", write("page"), files=PAGE
    ),
    Project("lower-case", f"from {BUSYBOX} as One\ncopy page /x\n", write("page"), files=PAGE),
    Project("crlf", f"FROM {BUSYBOX}\r\nCOPY page \\\r\n /x\r\n", write("page"), files=PAGE),
    Project("byte-order-mark", f"\ufeffFROM {BUSYBOX}\nCOPY page /x\n", write("page"), files=PAGE),
    Project("from-scratch", "FROM scratch\nCOPY page /x\n", write("page"), files=PAGE),
    Project("from-Scratch-all", "FROM scratch\nCOPY . /\n", write("docs/a.md"), files=TREE),
    Project("copy-link", f"FROM {BUSYBOX}\nCOPY --link page /x\n", write("page"), files=PAGE),
    Project("copy-chmod", f"FROM {BUSYBOX}\nCOPY --chmod=755 page /x\n", write("page"), files=PAGE),
    Project(
        "copy-chmod-mode", f"FROM {BUSYBOX}\nCOPY --chmod=755 page /x\n", mode("page", 0o600), files=PAGE
    ),
    Project("copy-chown", f"FROM {BUSYBOX}\nCOPY --chown=1:1 page /x\n", write("page"), files=PAGE),
    Project(
        "copy-parents",
        f"FROM {BUSYBOX}\nCOPY --parents src/./deep/a.log /x/\n",
        write("src/deep/a.log"),
        files=TREE,
    ),
    Project(
        "copy-exclude", f"FROM {BUSYBOX}\nCOPY --exclude=*.md docs /x/\n", write("docs/b.txt"), files=TREE
    ),
    Project("add-local", f"FROM {BUSYBOX}\nADD page /x\n", write("page"), files=PAGE),
    Project("add-directory", f"FROM {BUSYBOX}\nADD src docs /x/\n", write("docs/b"), files=TREE),
    Project("bind", BIND, write("page"), files=PAGE),
    Project("bind-other-file", BIND, write("other"), files=PAGE),
    Project(
        "bind-source",
        f"FROM {BUSYBOX}\nRUN --mount=type=bind,source=src,target=/s cat /s/main.py > /x\n",
        write("src/main.py"),
        files=TREE,
    ),
    Project(
        "bind-source-outside",
        f"FROM {BUSYBOX}\nRUN --mount=type=bind,source=src,target=/s cat /s/main.py > /x\n",
        write("page"),
        is_other=False,
        files=TREE,
    ),
    Project(
        "bind-short",
        f"FROM {BUSYBOX}\nRUN --mount=target=/s,rw cat /s/page > /x\n",
        write("page"),
        files=PAGE,
    ),
    Project(
        "two-binds",
        f"FROM {BUSYBOX}\nRUN --mount=source=docs,target=/d --mount=source=src,target=/s"
        " cat /s/main.py > /x\n",
        write("src/main.py"),
        files=TREE,
    ),
]
