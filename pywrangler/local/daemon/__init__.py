"""The platform's process: one per home folder. It starts and stops the parts, and joins them together.

    store      what the platform remembers                       reconcile  what runs in the engine, at start
    rest       Cloudflare's API on loopback                      gateway    one per Worker with containers
    workerd    one per Worker, supervised

Everything lives in this one process on purpose: a `workerd` that outlives its gateway believes that its
containers are gone.
"""
