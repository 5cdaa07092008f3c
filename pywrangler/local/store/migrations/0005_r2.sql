-- R2 buckets. Their objects are kept by the runtime of R2.

CREATE TABLE r2_buckets (
    name TEXT PRIMARY KEY,
    created_on REAL NOT NULL,
    location TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    jurisdiction TEXT NOT NULL
) STRICT;
