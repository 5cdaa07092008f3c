"""Fields that people write out of habit, from other tools or from a Worker's code, and what to write instead.

Data alone. Keys are written as `unknown.plain_key` makes them, tables as `unknown.table_pattern` does.
"""

from __future__ import annotations

from collections.abc import Mapping

TOP_LEVEL = ""
CONTAINER = "containers[]"
BINDING = "durable_objects.bindings[]"
SIZE = "containers[].instance_type"


def _in_the_class(line: str) -> str:
    return f"The Worker's code sets it, in the class: class MyContainer extends Container {{ {line} }}"


_SLEEP = _in_the_class('sleepAfter = "10m";')
_PORT = _in_the_class("defaultPort = 8080;")
_PORTS = _in_the_class("requiredPorts = [8080, 9090];")
_VARIABLES = _in_the_class('envVars = { KEY: "value" };')
_COMMAND = _in_the_class('entrypoint = ["node", "server.js"];')
_INTERNET = _in_the_class("enableInternet = false;")

_CLASS_FIELDS = {
    "sleep_after": _SLEEP,
    "default_port": _PORT,
    "required_ports": _PORTS,
    "env_vars": _VARIABLES,
    "enable_internet": _INTERNET,
    "ping_endpoint": _in_the_class('pingEndpoint = "localhost/health";'),
}

_NO_MINIMUM = (
    "Instances start when the Worker asks for them. Only their maximum number can be set (max_instances)."
)
_NO_VOLUMES = "Instances have no volumes: their disk is new at each start. Store lasting data elsewhere."
_SIZE = 'Write it in the size: "instance_type" is a table of vcpu, memory_mib and disk_mb, or a name.'
_NAMED_SIZE = 'A named size is a string, not a table: "instance_type": "basic".'
_RESTART = "An instance that ended is started again when the Worker asks for it."
_HEALTH = _in_the_class('pingEndpoint = "localhost/health";')

_COMPOSE = {
    "sleep": _SLEEP,
    "idle_timeout": _SLEEP,
    "port": _PORT,
    "ports": _PORTS,
    "expose": _PORTS,
    "env": _VARIABLES,
    "environment": _VARIABLES,
    "variables": _VARIABLES,
    "vars": _VARIABLES,
    "env_file": _VARIABLES,
    "secrets": _VARIABLES,
    "command": _COMMAND,
    "cmd": _COMMAND,
    "args": _COMMAND,
    "entrypoint": _COMMAND,
    "internet": _INTERNET,
    "restart": _RESTART,
    "healthcheck": _HEALTH,
    "health_check": _HEALTH,
    "volumes": _NO_VOLUMES,
    "mounts": _NO_VOLUMES,
    "replicas": _NO_MINIMUM,
    "scale": _NO_MINIMUM,
    "min_instances": _NO_MINIMUM,
    "memory": _SIZE,
    "memory_mb": _SIZE,
    "cpu": _SIZE,
    "cpus": _SIZE,
    "disk": _SIZE,
    "disk_size": _SIZE,
    "size": _SIZE,
    "platform": "Remove it: instances run on linux/amd64.",
}

HABITS: Mapping[str, Mapping[str, str]] = {
    TOP_LEVEL: {
        **_CLASS_FIELDS,
        "cron": 'Write "triggers", with a list of "crons".',
        "schedule": 'Write "triggers", with a list of "crons".',
        "environment": 'Variables of the Worker are called "vars", named environments "env".',
        "nodejs_compat": 'Add "nodejs_compat" to "compatibility_flags".',
        "port": "Remove it: the local platform serves all Workers on one port.",
        "type": "Remove it: it belongs to version 1 of Wrangler.",
        "webpack_config": "Remove it: it belongs to version 1 of Wrangler.",
        "usage_model": "Remove it: the account sets it.",
        "zone_id": 'Write it in an entry of "routes".',
        "memory": _SIZE,
        "min_instances": _NO_MINIMUM,
    },
    CONTAINER: {**_CLASS_FIELDS, **_COMPOSE},
    BINDING: _CLASS_FIELDS,
    SIZE: {"name": _NAMED_SIZE, "type": _NAMED_SIZE},
    "build": {"upload": "Remove it: it belongs to version 1 of Wrangler."},
}
"""By table, then by field, what to do about an unknown field."""

OTHER_NAMES: Mapping[str, Mapping[str, str]] = {
    TOP_LEVEL: {
        "entry": "main",
        "entry_point": "main",
        "entrypoint": "main",
        "env_vars": "vars",
        "variables": "vars",
        "environments": "env",
        "kv": "kv_namespaces",
        "d1": "d1_databases",
        "r2": "r2_buckets",
    },
    CONTAINER: {
        "class": "class_name",
        "durable_object": "class_name",
        "durable_object_class": "class_name",
        "build": "image",
        "dockerfile": "image",
        "dockerfile_path": "image",
        "context": "image_build_context",
        "build_context": "image_build_context",
        "build_args": "image_vars",
    },
    BINDING: {"binding": "name", "class": "class_name", "script": "script_name"},
    SIZE: {
        "memory": "memory_mib",
        "memory_mb": "memory_mib",
        "ram": "memory_mib",
        "cpu": "vcpu",
        "cpus": "vcpu",
        "disk": "disk_mb",
        "disk_size": "disk_mb",
        "storage": "disk_mb",
    },
    "kv_namespaces[]": {"name": "binding", "namespace_id": "id"},
    "secrets_store_secrets[]": {"name": "binding", "secret": "secret_name", "store": "store_id"},
    "services[]": {"name": "binding", "script_name": "service", "script": "service"},
    "triggers": {"cron": "crons", "schedule": "crons"},
    "migrations[]": {"name": "tag", "version": "tag", "id": "tag"},
}
"""By table, then by a name that users may give it, the field's own name."""
