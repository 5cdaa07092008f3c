-- Snapshots that Workers took of their containers. The images are in the engine.

CREATE TABLE snapshots (
    id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    worker TEXT NOT NULL,
    durable_object_id TEXT NOT NULL,
    image TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at REAL NOT NULL,
    used_at REAL NOT NULL
) STRICT;
