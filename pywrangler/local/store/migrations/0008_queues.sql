-- Queues, and what takes their messages. The messages are kept by the runtime of queues.

CREATE TABLE queues (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_on REAL NOT NULL,
    modified_on REAL NOT NULL
) STRICT;

CREATE TABLE queue_consumers (
    id TEXT PRIMARY KEY,
    queue_id TEXT NOT NULL UNIQUE REFERENCES queues (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    script TEXT,
    dead_letter_queue TEXT,
    settings TEXT NOT NULL,
    created_on REAL NOT NULL
) STRICT;
