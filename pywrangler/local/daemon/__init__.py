"""The platform's process: one per home directory. It starts, stops and connects the parts.

    store      what the platform remembers                       reconcile  what runs in the engine, at start
    rest       Cloudflare's API on loopback                      gateway    one per Worker with containers
    workerd    one per Worker, supervised

All of this is one process on purpose: a `workerd` that outlives its gateway assumes that its containers are
gone.
"""
