-- What is in the bucket of a cluster: contents by their SHA-256, with the keys of their objects. A platform alone has
-- files and no rows here.

CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    object TEXT NOT NULL,
    size INTEGER NOT NULL,
    used_at REAL NOT NULL
) STRICT;

ALTER TABLE assets ADD COLUMN sha256 TEXT;
ALTER TABLE assets ADD COLUMN added_on REAL NOT NULL DEFAULT 0;
