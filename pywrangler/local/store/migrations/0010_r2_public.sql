-- Buckets that anyone on this machine can read.

ALTER TABLE r2_buckets ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
