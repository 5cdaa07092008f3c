"""A Worker with one of everything."""

from __future__ import annotations

from pathlib import Path

from pywrangler.local.workerd.records import DurableObjectClass, ModuleFile, Sockets, WorkerSpec
from pywrangler.sensitive import Sensitive

SOCKETS = Sockets(Path("/run/w.control"), Path("/run/w.gateway"), Path("/run/w.peers"))

PLAIN = WorkerSpec(
    name="hello",
    version_id="v1",
    main_module="index.js",
    modules=(ModuleFile("index.js", "application/javascript+module", Path("/m/0000")),),
    compatibility_date="2026-11-01",
    sockets=SOCKETS,
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
    storage=Path("/home/do"),
    bindings=(
        {"type": "plain_text", "name": "GREETING", "text": 'say "hi"\n'},
        {"type": "json", "name": "LIMITS", "json": {"rows": [1, 2]}},
        {"type": "secret_text", "name": "TOKEN"},
        {"type": "durable_object_namespace", "name": "CART", "class_name": "Cart"},
        {"type": "service", "name": "STOCK", "service": "stock"},
        {"type": "service", "name": "ADMIN", "service": "shop", "entrypoint": "Admin"},
        {"type": "secrets_store_secret", "name": "API_KEY", "store_id": "s1", "secret_name": "api-key"},
    ),
    classes=(
        DurableObjectClass("Cart", "0" * 32, has_sql=True, has_container=True),
        DurableObjectClass("Old", "1" * 32, has_sql=False, has_container=False),
    ),
    crons=("* * * * *",),
    secrets={"TOKEN": Sensitive("top secret")},
    store_secrets={("s1", "api-key"): Sensitive("very secret")},
    peers={"stock": Path("/run/stock.peers")},
)
