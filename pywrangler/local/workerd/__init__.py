"""workerd, Cloudflare's open-source Workers runtime: its configuration, and its life as a process.

Everything here gets plain records and directories. `pywrangler.local.daemon` knows their owners (store,
gateway, REST). Facts about workerd were verified with the build of 2026-11-17.
"""
