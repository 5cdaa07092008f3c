"""Where a name is expected on a command line, and of which kind. Pure data; the scripts are made from it."""

from __future__ import annotations

from pywrangler.commands.tree import COMMANDS, Words

APPLICATIONS = "applications"
BUCKETS = "buckets"
DATABASES = "databases"
ENVIRONMENTS = "environments"
INSTANCES = "instances"
QUEUES = "queues"
SHELLS = "shells"
WORKERS = "workers"
WORKFLOWS = "workflows"

FIRST_OPERAND: dict[str, str] = {
    "completion": SHELLS,
    "tail": WORKERS,
    "delete": WORKERS,
    "local logs": WORKERS,
    "local trigger-cron": WORKERS,
    "containers info": APPLICATIONS,
    "containers instances": APPLICATIONS,
    "containers logs": APPLICATIONS,
    "containers delete": APPLICATIONS,
    "containers exec": INSTANCES,
    "containers cp": INSTANCES,
    "containers port-forward": INSTANCES,
    "containers restart": INSTANCES,
    "containers stop": INSTANCES,
    "containers stats": INSTANCES,
    "containers wait": INSTANCES,
    "d1 info": DATABASES,
    "d1 delete": DATABASES,
    "d1 execute": DATABASES,
    "d1 export": DATABASES,
    "d1 migrations": DATABASES,
    "d1 time-travel": DATABASES,
    "r2 bucket info": BUCKETS,
    "r2 bucket delete": BUCKETS,
    "r2 bucket update": BUCKETS,
    "r2 bucket notification": BUCKETS,
    "r2 bucket dev-url": BUCKETS,
    "queues info": QUEUES,
    "queues update": QUEUES,
    "queues delete": QUEUES,
    "queues purge": QUEUES,
    "queues pause-delivery": QUEUES,
    "queues resume-delivery": QUEUES,
    "queues consumer": QUEUES,
    "queues subscription": QUEUES,
    "workflows describe": WORKFLOWS,
    "workflows delete": WORKFLOWS,
    "workflows trigger": WORKFLOWS,
    "workflows instances": WORKFLOWS,
}
"""By a command's words, or a group's for all its commands."""

_METAVARS: dict[str, str] = {"WORKER": WORKERS}
_OPTIONS: dict[str, str] = {"--env": ENVIRONMENTS}


def kind_of_operand(path: Words) -> str | None:
    """The kind of the names that the command's first operand can be; None if that may be any text."""
    if not any(command.path == path for command in COMMANDS):
        return None
    beginnings = (" ".join(path[:length]) for length in range(len(path), 0, -1))
    return next((FIRST_OPERAND[words] for words in beginnings if words in FIRST_OPERAND), None)


def kind_of_option(spellings: tuple[str, ...], metavar: str | None) -> str | None:
    """The kind of the names that the option's value can be; None if that may be any text."""
    named = next((_OPTIONS[each] for each in spellings if each in _OPTIONS), None)
    return named or _METAVARS.get(metavar or "")
