"""A Worker with one of everything."""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.cluster.membership import ClusterMembership
from pywrangler.local.workerd.records import (
    DurableObjectClass,
    ModuleFile,
    SharedSockets,
    Sockets,
    WorkerSpec,
)
from pywrangler.sensitive import Sensitive

SOCKETS = Sockets(Path("/run/w.control"), Path("/run/w.gateway"), Path("/run/w.peers"))
SHARED = SharedSockets(Path("/run/platform"), calls={"key-values": Path("/run/key-values.calls")})

MEMBERSHIP = ClusterMembership(
    bucket="s3://shared/lab/workers/hello",
    endpoint="http://10.0.0.9:8333",
    region="us-east-1",
    key=Sensitive("ab" * 32),
    address="10.0.0.1",
    credentials={"AWS_ACCESS_KEY_ID": Sensitive("key-id"), "AWS_SECRET_ACCESS_KEY": Sensitive("hush")},
)

PLAIN = WorkerSpec(
    name="hello",
    version_id="v1",
    main_module="index.js",
    modules=(ModuleFile("index.js", "application/javascript+module", Path("/m/0000")),),
    compatibility_date="2026-11-01",
    sockets=SOCKETS,
    shared=SHARED,
    storage=Path("/home/do"),
)

FULL = WorkerSpec(
    name="shop",
    version_id="v2",
    main_module="index.js",
    modules=(
        ModuleFile("text.txt", "text/plain", Path("/m/0000")),
        ModuleFile("index.js.map", "application/source-map", Path("/m/0001")),
        ModuleFile("index.js", "application/javascript+module", Path("/m/0002")),
        ModuleFile("sum.wasm", "application/wasm", Path("/m/0003")),
    ),
    compatibility_date="2026-10-01",
    compatibility_flags=("nodejs_compat",),
    sockets=SOCKETS,
    shared=SHARED,
    storage=Path("/home/do"),
    bindings=(
        {"type": "plain_text", "name": "GREETING", "text": 'say "hi"\n'},
        {"type": "json", "name": "LIMITS", "json": {"rows": [1, 2]}},
        {"type": "secret_text", "name": "TOKEN"},
        {"type": "durable_object_namespace", "name": "CART", "class_name": "Cart"},
        {"type": "service", "name": "STOCK", "service": "stock"},
        {"type": "service", "name": "ADMIN", "service": "shop", "entrypoint": "Admin"},
        {"type": "service", "name": "DESK", "service": "stock", "entrypoint": "Desk", "props": {"a": 1}},
        {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room", "script_name": "stock"},
        {"type": "durable_object_namespace", "name": "GONE", "class_name": "Gone", "script_name": "stock"},
        {"type": "kv_namespace", "name": "CACHE", "namespace_id": "kv1"},
        {"type": "secrets_store_secret", "name": "API_KEY", "store_id": "s1", "secret_name": "api-key"},
    ),
    classes=(
        DurableObjectClass("Cart", "0" * 32, has_sql=True, has_container=True),
        DurableObjectClass("Old", "1" * 32, has_sql=False, has_container=False),
    ),
    crons=("* * * * *",),
    secrets={"TOKEN": Sensitive("top secret")},
    peers={"stock": Path("/run/stock.peers")},
    remote_classes={("stock", "Room"): "2" * 32},
)
