-- Access keys of R2's S3 interface.

CREATE TABLE r2_s3_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_on REAL NOT NULL
) STRICT;
