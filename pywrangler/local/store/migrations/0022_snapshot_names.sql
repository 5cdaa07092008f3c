-- The names that Workers give to snapshots.

ALTER TABLE snapshots ADD COLUMN name TEXT NOT NULL DEFAULT '';
