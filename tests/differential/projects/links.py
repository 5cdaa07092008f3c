"""Links in contexts, and to what stands beside them."""

from __future__ import annotations

from tests.differential.projects.project import COPY_ALL, COPY_PAGE, PAGE, TREE, Project
from tests.differential.projects.steps import BUSYBOX, link, replace, steps, write

LINKS = [
    Project(
        "link-text", COPY_ALL, link("link", "docs/a.md"), files=TREE, prepare=link("link", "src/main.py")
    ),
    Project(
        "link-followed",
        f"FROM {BUSYBOX}\nCOPY link /x\n",
        write("src/main.py"),
        files=TREE,
        prepare=link("link", "src/main.py"),
    ),
    Project(
        "link-to-directory",
        f"FROM {BUSYBOX}\nCOPY link/main.py /x\n",
        write("src/main.py"),
        files=TREE,
        prepare=link("link", "src"),
    ),
    Project(
        "link-led-elsewhere",
        f"FROM {BUSYBOX}\nCOPY link /x\n",
        link("link", "docs"),
        files=TREE,
        prepare=link("link", "src"),
    ),
    Project(
        "link-out",
        COPY_ALL,
        write("../outside"),
        False,
        TREE,
        steps(write("../outside", "one\n"), link("link", "../outside")),
    ),
    Project(
        "link-out-led-elsewhere",
        COPY_ALL,
        link("link", "/etc/passwd"),
        files=TREE,
        prepare=link("link", "../outside"),
    ),
    Project(
        "link-of-link",
        f"FROM {BUSYBOX}\nCOPY first /x\n",
        write("page"),
        files=PAGE,
        prepare=steps(link("first", "second"), link("second", "page")),
    ),
    Project(
        "context-link",
        COPY_PAGE,
        link("../context", "other"),
        files={**PAGE, "../other/page": "two\n", "../other/Dockerfile": COPY_PAGE},
        prepare=link("../context", "app"),
        context="../context",
    ),
    Project(
        "dockerfile-link",
        COPY_PAGE,
        write("docker/Dockerfile", COPY_PAGE + "ENV A=1\n"),
        files={**PAGE, "docker/Dockerfile": COPY_PAGE},
        prepare=link("Dockerfile", "docker/Dockerfile"),
    ),
    Project(
        "dockerfile-link-out",
        COPY_PAGE,
        write("../docker/Dockerfile", COPY_PAGE + "ENV A=1\n"),
        files={**PAGE, "../docker/Dockerfile": COPY_PAGE},
        prepare=link("Dockerfile", "../docker/Dockerfile"),
    ),
    Project(
        "dockerfile-in-linked-directory",
        COPY_PAGE,
        write("../docker/Dockerfile", COPY_PAGE + "ENV A=1\n"),
        files={**PAGE, "../docker/Dockerfile": COPY_PAGE},
        prepare=link("../linked", "docker"),
        path="../linked/Dockerfile",
    ),
    Project("dockerfile-outside", COPY_PAGE, write("page"), files=PAGE, path="../docker/web.Dockerfile"),
    Project(
        "dockerfile-outside-changed",
        COPY_PAGE,
        replace("../docker/web.Dockerfile", "/page", "/web"),
        files={**PAGE, "Dockerfile": "FROM scratch\nCOPY page /\n"},
        path="../docker/web.Dockerfile",
    ),
]
