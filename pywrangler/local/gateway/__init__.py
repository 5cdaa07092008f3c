"""The engine gateway: one server per Worker with the API of the Docker Engine. It decides about every
container.

workerd uses it as its Docker Engine (`containerEngine.localDocker.socketPath`). What workerd requests, and
how it treats the responses, was observed with workerd 2026-11-17 and `@cloudflare/containers` 0.3.7.
"""

from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.reconcile import reconcile, sweep
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.gateway.tunnels.listening import ListeningPorts
from pywrangler.local.instances.records import Location

__all__ = ["Gateway", "GatewaySettings", "ListeningPorts", "Location", "reconcile", "sweep"]
