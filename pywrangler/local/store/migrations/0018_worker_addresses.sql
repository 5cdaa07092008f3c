-- Where Workers listen on this machine. The columns `port` and `ip` of `workers` are not used any more: machines that
-- share Workers have ports of their own. (SQLite cannot drop a unique column.)

CREATE TABLE worker_addresses (
    worker TEXT PRIMARY KEY REFERENCES workers (name) ON DELETE CASCADE,
    port INTEGER NOT NULL UNIQUE,
    ip TEXT
) STRICT;
INSERT INTO worker_addresses SELECT name, port, ip FROM workers WHERE port IS NOT NULL;
UPDATE workers SET port = NULL, ip = NULL;
