"""Outgoing connections of containers: who may leave, and what passes through the Worker's own handlers.

A Worker can ask to see what its containers send (`outbound`, `outboundByHost`, `allowedHosts`, `deniedHosts`
of `@cloudflare/containers`; `interceptOutboundHttp` and its relatives of the bare API). workerd then listens
for CONNECT requests on a port of its own and expects a companion in the container's network that turns every
connection into one. Here the kernel's packet filter on this machine does that, on a network that only
containers of that Worker join; nothing privileged runs beside or inside a container.

What workerd asks and how it takes the answers: workerd 2026-11-17, `container-client.c++`.
"""
