"""The platform's own image registry, on loopback. It takes `docker push` like Cloudflare's managed one.

It is a real registry of the OCI distribution API, small because it has one account and one machine: contents
in files by digest, no upstream, no configuration. Deploys of `pywrangler` do not push to it, because the
engine's own image store already has what was built here; `pywrangler containers push` and Wrangler do, and
any other client of registries.
"""
