"""Outgoing connections of containers: which are allowed, and which pass through the Worker's own handlers.

A Worker can ask to see what its containers send (`outbound`, `outboundByHost`, `allowedHosts`, `deniedHosts`
of `@cloudflare/containers`; `interceptOutboundHttp` and its relatives of the bare API). workerd then listens
for CONNECT requests on a port of its own, and expects a sidecar in the container's network that turns every
connection into a CONNECT. Here the kernel's packet filter on this machine redirects the connections, on a
network that only containers of that Worker join. Nothing privileged runs beside or inside a container.

What workerd requests, and how it treats the responses: workerd 2026-11-17, `container-client.c++`.
"""
