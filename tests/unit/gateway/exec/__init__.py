"""Tests of `pywrangler.local.gateway.exec`."""
