-- Workflows: which Worker's class runs each. Their instances are kept by the Worker's runtime.

CREATE TABLE workflows (
    name TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    script TEXT NOT NULL,
    class_name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_on REAL NOT NULL,
    modified_on REAL NOT NULL
) STRICT;
