"""Small projects to build, each with one change of something that a build may read.

Texts are templates: `@IMAGE@` begins the names of images that the project makes, `@SITE@` is the address of a
server on this machine, `@ROOT@` the directory that contains the whole project.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUSYBOX, OTHER_BASE = "busybox:1.35", "python:3.11-slim"


@dataclass
class Place:
    """A project on the disk, and what else its build reads."""

    root: Path
    image: str
    """What the names of its images begin with."""
    site: str
    pages: dict[str, bytes]
    """What the server answers with, by path."""
    build_vars: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """A template with its values."""
        for name, value in (("@IMAGE@", self.image), ("@SITE@", self.site), ("@ROOT@", str(self.root))):
            text = text.replace(name, value)
        return text

    def path(self, name: str) -> Path:
        """A path of the project: in its context, or beside it after `../`."""
        return self.root / "app" / name


Step = Callable[[Place], None]


def write(name: str, content: str | bytes = "two\n") -> Step:
    """Write a file, also over an existing one."""

    def step(place: Place) -> None:
        path = place.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else place.filled(content).encode())

    return step


def replace(name: str, old: str, new: str) -> Step:
    """Replace a text within a file."""

    def step(place: Place) -> None:
        text = place.path(name).read_bytes().decode()
        assert old in text, f"{old} is not in {name}"
        place.path(name).write_bytes(place.filled(text.replace(old, new)).encode())

    return step


def remove(name: str) -> Step:
    """Remove a file, a link or a directory."""

    def step(place: Place) -> None:
        path = place.path(name)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    return step


def rename(name: str, new: str) -> Step:
    """Rename a file or a directory."""
    return lambda place: place.path(name).replace(place.path(new)) and None


def directory(name: str) -> Step:
    """Make an empty directory."""
    return lambda place: place.path(name).mkdir(parents=True)


def link(name: str, target: str) -> Step:
    """Make a symbolic link, or lead it elsewhere."""

    def step(place: Place) -> None:
        path = place.path(name)
        if os.path.lexists(path):
            remove(name)(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(place.filled(target))

    return step


def mode(name: str, bits: int) -> Step:
    """Change permissions."""
    return lambda place: place.path(name).chmod(bits)


def times(name: str) -> Step:
    """Change the time of the last change, and nothing else."""
    return lambda place: os.utime(place.path(name), (1_000_000_000, 1_000_000_000))


def same_size_and_time(name: str, content: str) -> Step:
    """Change the content, and neither size nor time."""

    def step(place: Place) -> None:
        path = place.path(name)
        before = path.stat()
        assert len(content) == before.st_size
        path.write_text(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return step


def attribute(name: str, value: bytes) -> Step:
    """Set an extended attribute."""
    return lambda place: os.setxattr(place.path(name), "user.pywrangler", value)


def serve(path: str, content: str = "two\n") -> Step:
    """Let the server answer with a text."""
    return lambda place: place.pages.update({path: content.encode()})


def variable(name: str, value: str = "two") -> Step:
    """Set a build argument, as `image_vars` does."""
    return lambda place: place.build_vars.update({name: value})


def environment(name: str, value: str) -> Step:
    """Set a variable that the Docker CLI sees."""
    return lambda place: place.environment.update({name: place.filled(value)})


def tag(name: str, target: str = OTHER_BASE) -> Step:
    """Name an image, or move the name to another."""
    return lambda place: docker("tag", place.filled(target), f"{place.image}-{name}")


def untag(name: str) -> Step:
    """Take the name away."""
    return lambda place: docker("rmi", f"{place.image}-{name}")


def base(name: str, dockerfile: str, target: str | None = None) -> Step:
    """Make an image from a Dockerfile without files, and name it."""
    words = ["buildx", "build", "--builder", "default", "--load", "--provenance=false", "-"]
    stage = ["--target", target] if target else []
    return lambda place: docker(
        *words, *stage, "--tag", f"{place.image}-{name}", written=place.filled(dockerfile)
    )


def steps(*several: Step) -> Step:
    """One after the other."""

    def step(place: Place) -> None:
        for each in several:
            each(place)

    return step


def nothing(place: Place) -> None:
    """Change nothing."""


def docker(*words: str, written: str = "") -> None:
    """Run the Docker CLI; what it says is shown where it fails."""
    done = subprocess.run(["docker", *words], input=written, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Project:
    """A project, what changes, and whether the builder makes another image then."""

    name: str
    dockerfile: str
    change: Step
    is_other: bool = True
    """Another image; else the same. A build that fails then counts as another."""
    files: Mapping[str, str] = field(default_factory=dict)
    prepare: Step = nothing
    path: str = "Dockerfile"
    """Where the Dockerfile stands, seen from the context."""
    context: str = "."
    build_vars: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    secrets: tuple[str, ...] = ()

    def write(self, place: Place) -> None:
        """Make the project."""
        for name, content in {self.path: self.dockerfile, **self.files}.items():
            write(name, content)(place)
        place.build_vars |= self.build_vars
        self.prepare(place)


ONE_SUM = f"sha256:{hashlib.sha256(b'one' + bytes([10])).hexdigest()}"
COPY_ALL = f"FROM {BUSYBOX}\nCOPY . /app/\n"
COPY_PAGE = f"FROM {BUSYBOX}\nCOPY page /page\n"
PAGE = {"page": "one\n"}
TREE = {"page": "one\n", "src/main.py": "one\n", "src/deep/a.log": "one\n", "docs/a.md": "one\n"}
BIND = f"FROM {BUSYBOX}\nRUN --mount=type=bind,target=/ctx cat /ctx/page > /copied\n"


def ignored(name: str, rules: str, changed: str, *, is_other: bool, **more: str) -> Project:
    """A project that copies what its ignore file lets in."""
    files = {**TREE, ".dockerignore": rules, **{key.replace("_dot_", "."): more[key] for key in more}}
    if changed not in files:
        files[changed] = "one\n"
    return Project(name, COPY_ALL, write(changed), is_other, files)


def moved(name: str, *dockerfile: str) -> Project:
    """A project that reads an image whose name is moved to another."""
    prepare = tag("base:1", BUSYBOX)
    return Project(name, "\n".join([*dockerfile, ""]), tag("base:1"), files=PAGE, prepare=prepare)


def served(name: str, *dockerfile: str) -> Project:
    """A project that reads a page of which the server has another then."""
    return Project(name, "\n".join([*dockerfile, ""]), serve("/page"), prepare=serve("/page", "one\n"))


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

INSTRUCTIONS = [
    Project("remark", COPY_PAGE, write("Dockerfile", f"# two\n{COPY_PAGE}"), is_other=False, files=PAGE),
    Project("environment", COPY_PAGE, write("Dockerfile", f"{COPY_PAGE}ENV A=1\n"), files=PAGE),
    Project("label", COPY_PAGE, write("Dockerfile", f"{COPY_PAGE}LABEL a=1\n"), files=PAGE),
    Project("command", COPY_PAGE, write("Dockerfile", f'{COPY_PAGE}CMD ["a"]\n'), files=PAGE),
    Project("run-text", f"FROM {BUSYBOX}\nRUN echo one > /x\n", replace("Dockerfile", "one", "two")),
    Project(
        "here-document",
        f"FROM {BUSYBOX}\nRUN <<EOF\necho one > /x\nEOF\n",
        replace("Dockerfile", "one", "two"),
    ),
    Project(
        "here-file",
        f'FROM {BUSYBOX}\nCOPY <<-"END" <<B /x/\n\tone\n\tEND\nFROM nowhere\nB\n',
        replace("Dockerfile", "one", "two"),
    ),
    Project(
        "here-file-variable",
        f"FROM {BUSYBOX}\nARG WORD\nCOPY <<EOF /x\n$WORD\nEOF\n",
        variable("WORD"),
        build_vars={"WORD": "one"},
    ),
    Project(
        "here-file-and-file",
        f"FROM {BUSYBOX}\nCOPY <<EOF page /x/\nCOPY nowhere /\nEOF\n",
        write("page"),
        files=PAGE,
    ),
    Project("argument", f"FROM {BUSYBOX}\nARG W\nRUN echo $W > /x\n", variable("W"), build_vars={"W": "one"}),
    Project("argument-new", f"FROM {BUSYBOX}\nARG W=one\nRUN echo $W > /x\n", variable("W")),
    Project(
        "argument-default",
        f"FROM {BUSYBOX}\nARG W=one\nRUN echo $W > /x\n",
        replace("Dockerfile", "=one", "=two"),
    ),
    Project("argument-unused", f"FROM {BUSYBOX}\nARG W\nCOPY page /\n", variable("W"), False, PAGE),
    Project("argument-undeclared", COPY_PAGE, variable("NOBODY"), False, PAGE, build_vars={"NOBODY": "one"}),
    Project(
        "argument-proxy",
        f"FROM {BUSYBOX}\nRUN echo $HTTP_PROXY > /x\n",
        variable("HTTP_PROXY", "http://x"),
        False,
    ),
    Project("argument-in-env", f"FROM {BUSYBOX}\nARG W=one\nENV V=${{W:-none}}\n", variable("W")),
    Project(
        "argument-names-file",
        f"FROM {BUSYBOX}\nARG P=page\nCOPY $P /x\n",
        variable("P", "other"),
        files={**PAGE, "other": "two\n"},
    ),
    Project(
        "argument-two-in-a-line", f'FROM {BUSYBOX}\nARG A=one B="$A two"\nRUN echo $B > /x\n', variable("A")
    ),
    Project("argument-epoch", COPY_PAGE, variable("SOURCE_DATE_EPOCH", "100000"), False, PAGE),
    Project("argument-inline-cache", COPY_PAGE, variable("BUILDKIT_INLINE_CACHE", "1"), False, PAGE),
    Project("argument-syntax", COPY_PAGE, variable("BUILDKIT_SYNTAX", "@IMAGE@-nowhere"), files=PAGE),
    Project("epoch", COPY_PAGE, environment("SOURCE_DATE_EPOCH", "100000"), False, PAGE),
    Project("escape", f"# escape=`\nFROM {BUSYBOX}\nCOPY page `\n /x\n", write("page"), files=PAGE),
    Project(
        "escape-changed",
        f"# escape=`\nFROM {BUSYBOX}\nENV A=a\\b\n",
        write("Dockerfile", f"FROM {BUSYBOX}\nENV A=a\\b\n"),
    ),
    Project("syntax", f"# syntax=@IMAGE@-nowhere\n{COPY_PAGE}", write("page"), files=PAGE),
    Project("syntax-second-line", f"#\n# syntax=@IMAGE@-nowhere\n{COPY_PAGE}", write("page"), files=PAGE),
    Project(
        "shell",
        f'FROM {BUSYBOX}\nSHELL ["/bin/sh", "-ec"]\nRUN true\nCOPY page /\n',
        write("page"),
        files=PAGE,
    ),
    Project(
        "secret",
        f"FROM {BUSYBOX}\nRUN --mount=type=secret,id=s cat /run/secrets/s > /x\n",
        write("../s"),
        False,
        {"../s": "one\n"},
        secrets=("id=s,src=@ROOT@/s",),
    ),
    Project(
        "secret-of-a-variable",
        f"FROM {BUSYBOX}\nRUN --mount=type=secret,id=s cat /run/secrets/s > /x\n",
        environment("S", "two"),
        False,
        prepare=environment("S", "one"),
        secrets=("id=s,env=S",),
    ),
    Project(
        "secret-gone",
        f"FROM {BUSYBOX}\nRUN --mount=type=secret,id=s,required cat /run/secrets/s > /x\n",
        remove("../s"),
        files={"../s": "one\n"},
        secrets=("id=s,src=@ROOT@/s",),
    ),
    Project(
        "cache-mount",
        f"FROM {BUSYBOX}\nRUN --mount=type=cache,target=/c date > /c/x\nCOPY page /\n",
        write("page"),
        files=PAGE,
    ),
    Project(
        "ssh-mount",
        f"FROM {BUSYBOX}\nRUN --mount=type=ssh echo a > /x\nCOPY page /\n",
        write("page"),
        files=PAGE,
    ),
    Project(
        "tmpfs-mount",
        f"FROM {BUSYBOX}\nRUN --mount=type=tmpfs,target=/t --network=none true\nCOPY page /\n",
        write("page"),
        files=PAGE,
    ),
]

BASES = [
    moved("base-moved", "FROM @IMAGE@-base:1", "COPY page /"),
    Project(
        "base-without-tag",
        "FROM @IMAGE@-base\nCOPY page /\n",
        tag("base"),
        files=PAGE,
        prepare=tag("base", BUSYBOX),
    ),
    Project(
        "base-gone",
        "FROM @IMAGE@-base:1\nCOPY page /\n",
        untag("base:1"),
        files=PAGE,
        prepare=tag("base:1", BUSYBOX),
    ),
    Project(
        "base-with-other-environment",
        "FROM @IMAGE@-base:1\nCOPY page /\n",
        base("base:1", f"FROM {BUSYBOX}\nENV A=2\n"),
        files=PAGE,
        prepare=base("base:1", f"FROM {BUSYBOX}\nENV A=1\n"),
    ),
    moved("base-of-a-variable", "ARG NAME=@IMAGE@-base", "FROM ${NAME}:${TAG:-1}", "COPY page /"),
    Project(
        "base-of-an-argument",
        "ARG TAG\nFROM @IMAGE@-base:${TAG}\nCOPY page /\n",
        variable("TAG", "2"),
        files=PAGE,
        prepare=steps(tag("base:1", BUSYBOX), tag("base:2")),
        build_vars={"TAG": "1"},
    ),
    moved("base-quoted", 'FROM "@IMAGE@-base:1"', "COPY page /"),
    moved("base-cut", "ARG N=@IMAGE@-base:1.x", "FROM ${N%.x}", "COPY page /"),
    moved("base-replaced", "ARG N=@IMAGE@-face:1", "FROM ${N/face/base}", "COPY page /"),
    moved("base-plus", "ARG N=x", "FROM @IMAGE@-base${N:+:1}", "COPY page /"),
    Project(
        "base-of-architecture",
        "FROM @IMAGE@-base:${TARGETARCH}\nCOPY page /\n",
        tag("base:amd64"),
        files=PAGE,
        prepare=tag("base:amd64", BUSYBOX),
    ),
    moved(
        "stage-of-architecture",
        "FROM @IMAGE@-base:1 AS base-amd64",
        f"FROM {BUSYBOX} AS base-arm64",
        "FROM base-${TARGETARCH}",
        "COPY page /",
    ),
    moved("base-on-build-platform", "FROM --platform=$BUILDPLATFORM @IMAGE@-base:1", "COPY page /"),
    moved(
        "base-of-needed-stage",
        "FROM @IMAGE@-base:1 AS one",
        "FROM one AS two",
        "RUN cat /etc/passwd > /x",
        f"FROM {BUSYBOX}",
        "COPY --from=two /x /x",
    ),
    Project(
        "base-of-other-stage",
        "FROM @IMAGE@-base:1 AS one\nFROM scratch\nCOPY page /\n",
        tag("base:1"),
        False,
        PAGE,
        tag("base:1", BUSYBOX),
    ),
    moved("copy-from-image", f"FROM {BUSYBOX}", "COPY --from=@IMAGE@-base:1 /etc/passwd /x"),
    Project(
        "copy-from-image-same-file",
        f"FROM {BUSYBOX}\nCOPY --from=@IMAGE@-base:1 /page /x\n",
        base("base:1", "FROM scratch\nCOPY <<A /page\none\nA\nCOPY <<A /b\ntwo\nA\n"),
        False,
        prepare=base("base:1", "FROM scratch\nCOPY <<A /page\none\nA\n"),
    ),
    moved("copy-from-number", "FROM @IMAGE@-base:1", f"FROM {BUSYBOX}", "COPY --from=0 /etc/passwd /x"),
    moved(
        "copy-from-capitals",
        "FROM @IMAGE@-base:1 AS One",
        f"FROM {BUSYBOX}",
        "COPY --from=ONE /etc/passwd /x",
    ),
    Project(
        "copy-from-stage-file",
        f"FROM {BUSYBOX} AS one\nCOPY page /\nFROM scratch\nCOPY --from=one /page /\n",
        write("page"),
        files=PAGE,
    ),
    moved("add-from-image", f"FROM {BUSYBOX}", "ADD --from=@IMAGE@-base:1 /etc/passwd /x"),
    moved(
        "mount-from-image",
        f"FROM {BUSYBOX}",
        "RUN --mount=type=bind,from=@IMAGE@-base:1,target=/b cat /b/etc/passwd > /x",
    ),
    moved(
        "mount-from-quoted",
        f"FROM {BUSYBOX}",
        'RUN --mount="type=bind,from=@IMAGE@-base:1,target=/b" cat /b/etc/passwd > /x',
    ),
    moved(
        "mount-from-csv-quoted",
        f"FROM {BUSYBOX}",
        "RUN --mount='type=bind,\"from=@IMAGE@-base:1\",target=/b' cat /b/etc/passwd > /x",
    ),
    moved(
        "mount-from-second",
        f"FROM {BUSYBOX}",
        f"RUN --mount=from={BUSYBOX},target=/a --mount=from=@IMAGE@-base:1,target=/b cat /b/etc/passwd > /x",
    ),
    moved(
        "mount-from-stage",
        "FROM @IMAGE@-base:1 AS one",
        f"FROM {BUSYBOX}",
        "RUN --mount=from=one,target=/b cat /b/etc/passwd > /x",
    ),
    moved(
        "mount-from-in-capitals",
        f"FROM {BUSYBOX}",
        "RUN --mount=FROM=@IMAGE@-base:1,TARGET=/b cat /b/etc/passwd > /x",
    ),
    moved(
        "mount-cache-from",
        f"FROM {BUSYBOX}",
        "RUN --mount=type=cache,from=@IMAGE@-base:1,target=/c,id=@IMAGE@ cat /c/etc/passwd > /x",
    ),
    Project(
        "from-in-a-text",
        f"FROM {BUSYBOX}\nRUN echo --mount=from=nowhere --from=nowhere from=nowhere > /x\nCOPY page /\n",
        write("page"),
        files=PAGE,
    ),
    Project(
        "stage-like-an-image",
        f"FROM {BUSYBOX} AS python\nCOPY page /\nFROM python\nRUN true\n",
        write("page"),
        files=PAGE,
    ),
    Project(
        "target",
        f"FROM {BUSYBOX} AS web\nCOPY page /\nFROM {BUSYBOX} AS api\nCOPY other /\n",
        write("page"),
        files={**PAGE, "other": "one\n"},
        target="web",
    ),
    Project(
        "target-other-stage",
        f"FROM {BUSYBOX} AS web\nCOPY page /\nFROM {BUSYBOX} AS api\nCOPY other /\n",
        write("other"),
        False,
        {**PAGE, "other": "one\n"},
        target="Web",
    ),
    Project(
        "target-number",
        f"FROM {BUSYBOX}\nCOPY page /\nFROM @IMAGE@-nowhere\n",
        write("page"),
        files=PAGE,
        target="0",
    ),
    Project(
        "target-later-base",
        f"FROM {BUSYBOX} AS web\nCOPY page /\nFROM @IMAGE@-nowhere AS api\n",
        write("page"),
        files=PAGE,
        target="web",
    ),
    Project(
        "on-build-file",
        "FROM @IMAGE@-base:1\n",
        write("page"),
        files=PAGE,
        prepare=base("base:1", f"FROM {BUSYBOX}\nONBUILD COPY page /\n"),
    ),
    Project(
        "on-build-image",
        "FROM @IMAGE@-base:1\n",
        tag("second:1"),
        prepare=steps(
            tag("second:1", BUSYBOX),
            base("base:1", f"FROM {BUSYBOX}\nONBUILD COPY --from=@IMAGE@-second:1 /etc/passwd /x\n"),
        ),
    ),
    Project(
        "on-build-address",
        "FROM @IMAGE@-base:1\n",
        serve("/page"),
        prepare=steps(
            serve("/page", "one\n"), base("base:1", f"FROM {BUSYBOX}\nONBUILD ADD @SITE@/page /x\n")
        ),
    ),
    moved(
        "on-build-own",
        f"FROM {BUSYBOX} AS one",
        "ONBUILD COPY --from=@IMAGE@-base:1 /etc/passwd /x",
        "FROM one",
    ),
    Project("on-build-text", f"FROM {BUSYBOX}\nONBUILD RUN echo one\n", replace("Dockerfile", "one", "two")),
    Project(
        "workdir-environment-of-base",
        "FROM @IMAGE@-base:1\nWORKDIR $PLACE\nCOPY page .\n",
        base("base:1", f"FROM {BUSYBOX}\nENV PLACE=/two\n"),
        files=PAGE,
        prepare=base("base:1", f"FROM {BUSYBOX}\nENV PLACE=/one\n"),
    ),
    Project(
        "built-image-as-base",
        "FROM @IMAGE@-base:1\nRUN cat /page > /x\n",
        base("base:1", f"FROM {BUSYBOX}\nCOPY <<A /page\ntwo\nA\n"),
        prepare=base("base:1", f"FROM {BUSYBOX}\nCOPY <<A /page\none\nA\n"),
    ),
]

ADDRESSES = [
    served("address", f"FROM {BUSYBOX}", "ADD @SITE@/page /x"),
    Project(
        "address-same",
        f"FROM {BUSYBOX}\nADD @SITE@/page /x\n",
        nothing,
        False,
        prepare=serve("/page", "one\n"),
    ),
    served("address-json", f"FROM {BUSYBOX}", 'ADD ["@SITE@/page", "/x"]'),
    served("address-quoted", f"FROM {BUSYBOX}", 'ADD "@SITE@/page" /x'),
    served("address-of-a-variable", f"FROM {BUSYBOX}", "ARG SITE=@SITE@", "ADD ${SITE}/page /x"),
    served("address-of-environment", f"FROM {BUSYBOX}", "ENV U=@SITE@/page", "ADD $U /x"),
    served("address-in-capitals", f"FROM {BUSYBOX}", "add --chmod=600 @SITE@/page /x"),
    Project(
        "address-second",
        f"FROM {BUSYBOX}\nADD page @SITE@/page2 /x/\n",
        serve("/page2"),
        files=PAGE,
        prepare=serve("/page2", "one\n"),
    ),
    served(
        "address-in-needed-stage",
        f"FROM {BUSYBOX} AS one",
        "ADD @SITE@/page /x",
        "FROM scratch",
        "COPY --from=one /x /x",
    ),
    Project(
        "address-in-other-stage",
        f"FROM {BUSYBOX} AS one\nADD @SITE@/page /x\nFROM scratch\nCOPY page /x\n",
        serve("/page"),
        False,
        PAGE,
        serve("/page", "one\n"),
    ),
    # An address with a sum is not asked again.
    Project(
        "address-with-sum",
        f"FROM {BUSYBOX}\nADD --checksum={ONE_SUM} @SITE@/page /x\n",
        serve("/page"),
        is_other=False,
        prepare=serve("/page", "one\n"),
    ),
    served("address-with-backtick", "# escape=`", f"FROM {BUSYBOX}", "ADD @SITE@`/page /x"),
    Project(
        "address-gone",
        f"FROM {BUSYBOX}\nADD @SITE@/page /x\n",
        lambda place: place.pages.clear(),
        prepare=serve("/page", "one\n"),
    ),
]

PROJECTS = [*CONTEXT, *LINKS, *IGNORED, *INSTRUCTIONS, *BASES, *ADDRESSES]
