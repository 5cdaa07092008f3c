"""The plain progress of BuildKit (`--progress=plain`), read line by line. Pure.

#6 [2/3] RUN make          a step begins
#6 0.175 cc -c main.c      it wrote a line, so many seconds after it began
#6 DONE 1.2s
------                     a failed build ends in the failing step's last lines, its place in the
Dockerfile, and
 > [2/3] RUN make:         one line that starts with ERROR
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import field

from pywrangler.dataclass import dataclass

STEP = re.compile(r"(?:#\d+ (?=\[(?!internal\]))|STEP (?=\d+/\d+: )|Step (?=\d+/\d+ : ))(?P<step>.+)")
"""A step of BuildKit, of Podman, and of an engine that builds itself."""
REASON = re.compile(r"(?:ERROR|Error): (?P<reason>.+)")
OUTPUT = re.compile(r"#\d+ \d+\.\d+ (?P<text>.*)")
CACHED = re.compile(r"#\d+ CACHED")
KEPT_LINES = 2000
TAIL_LINES = 25


@dataclass
class BuildLog:
    """The output of a build so far. Of a long log only the end is kept, because it explains a failure."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def add(self, line: str) -> str | None:
        """Take one more line. Returns the text to show for it, or None."""
        self.lines.append(line)
        if step := STEP.fullmatch(line):
            return step["step"]
        if output := OUTPUT.fullmatch(line):
            return output["text"].rstrip() or None
        return "CACHED" if CACHED.fullmatch(line) else None

    @property
    def failure(self) -> str:
        """The failing step with its last lines and its place in the Dockerfile, as BuildKit shows them."""
        lines = list(self.lines)
        chosen = lines[lines.index("------") :] if "------" in lines else self._after_steps()
        return "\n".join(line for line in chosen if not line.startswith("ERROR: ")).strip("\n")

    @property
    def reason(self) -> str | None:
        """The last line's reason, without the words that only say that the build failed."""
        found = [match["reason"] for line in self.lines if (match := REASON.fullmatch(line))]
        return found[-1].removeprefix("failed to solve: ") if found else None

    def _after_steps(self) -> list[str]:
        """The end of the log without progress lines: a Dockerfile that cannot be read has no failing step."""
        return [line for line in self.lines if not re.match(r"#\d+ ", line)][-TAIL_LINES:]
