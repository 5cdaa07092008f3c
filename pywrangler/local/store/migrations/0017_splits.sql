-- The versions that share the requests of a deployment, as JSON: [[version id, percentage], ...]. NULL: its version
-- gets all of them.

ALTER TABLE deployments ADD COLUMN shares TEXT;
