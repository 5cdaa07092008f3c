"""Passes on `local_dev.experimental_s3_credentials` of buckets: keys for R2's S3 interface here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.deploy.worker.local_products import bucket_keys

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration


def settle_s3_credentials(run: Invocation, client: Client, configuration: Configuration) -> None:
    """Give the platform the keys of the configuration in place of the Worker's former ones."""
    if not configuration.cloudflare.get("r2_buckets"):
        return
    from pywrangler.cloudflare.local import set_worker_s3_keys

    keys = bucket_keys(configuration)
    endpoint = set_worker_s3_keys(
        client, configuration.name, [(key.bucket, key.id, key.secret) for key in keys]
    )
    if keys:
        buckets = ", ".join(sorted({key.bucket for key in keys}))
        run.console.info(f"S3 interface of {buckets}: {endpoint}")
