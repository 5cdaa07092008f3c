-- D1 databases. Their tables are kept by the runtime of D1.

CREATE TABLE d1_databases (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_on REAL NOT NULL
) STRICT;
