-- Which applications may mount with FUSE, as the user decided.

CREATE TABLE fuse_permissions (
    application TEXT PRIMARY KEY,
    worker TEXT NOT NULL,
    is_allowed INTEGER NOT NULL
) STRICT;
