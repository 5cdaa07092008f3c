"""Instructions of Dockerfiles."""

from __future__ import annotations

from tests.differential.projects.project import COPY_PAGE, PAGE, Project
from tests.differential.projects.steps import BUSYBOX, environment, remove, replace, variable, write

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
