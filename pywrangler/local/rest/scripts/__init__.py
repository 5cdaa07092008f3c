"""Workers (`/workers/scripts/...`): uploading, versions, deployments, settings, secrets, triggers."""
