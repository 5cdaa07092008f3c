"""The engine gateway: a Docker-shaped server per Worker, where the platform decides about every container.

workerd talks to it as if it were the Docker Engine (`containerEngine.localDocker.socketPath`). Facts about
what workerd asks and how it takes the answers were observed with workerd 2026-11-17 and
`@cloudflare/containers` 0.3.7.
"""

from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.reconcile import reconcile, sweep
from pywrangler.local.gateway.settings import GatewaySettings
from pywrangler.local.gateway.tunnels.listening import ListeningPorts
from pywrangler.local.instances.records import Location

__all__ = ["Gateway", "GatewaySettings", "ListeningPorts", "Location", "reconcile", "sweep"]
