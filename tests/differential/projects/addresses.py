"""What a build gets from a server."""

from __future__ import annotations

from tests.differential.projects.project import ONE_SUM, PAGE, Project, served
from tests.differential.projects.steps import BUSYBOX, nothing, serve

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
