"""workerd, Cloudflare's open-source Workers runtime: its configuration, and its life as a process.

Everything here is handed plain records and folders; who owns them (store, gateway, REST) is the business of
`pywrangler.local.daemon`.
Facts about workerd were tried with the build of 2026-11-17.
"""
