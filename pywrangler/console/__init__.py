"""Everything that is written to the user: messages, results, tables, progress, questions. Rich lives here.

Only results go to standard output (`result`, `json`, `table`, `write`); all else goes to standard error.
"""

from pywrangler.console.console import Console, LogLevel, is_terminal
from pywrangler.console.progress import Progress, Task
from pywrangler.console.times import local_moment, local_time
from pywrangler.console.visible import visible_json, visible_line, visible_lines, without_colours

__all__ = [
    "Console",
    "LogLevel",
    "Progress",
    "Task",
    "is_terminal",
    "local_moment",
    "local_time",
    "visible_json",
    "visible_line",
    "visible_lines",
    "without_colours",
]
