-- Rules by which changes of R2's objects become messages of queues.

CREATE TABLE r2_notification_rules (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    prefix TEXT NOT NULL,
    suffix TEXT NOT NULL,
    actions TEXT NOT NULL,
    description TEXT,
    created_on REAL NOT NULL
) STRICT;
