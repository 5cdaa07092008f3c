"""`pywrangler versions`, `deployments`, `rollback` and `triggers`."""
