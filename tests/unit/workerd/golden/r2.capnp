using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "control",
      worker = (
        modules = [
          (name = "r2.js", esModule = embed "/scripts/r2.js"),
          (name = "incoming.js", esModule = embed "/scripts/incoming.js"),
          (name = "r2_events.js", esModule = embed "/scripts/r2_events.js"),
          (name = "targets.js", esModule = embed "/scripts/targets.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "PROCESSES", workerdDebugPort = void),
          (
            name = "BUCKETS",
            durableObjectNamespace = (className = "R2BucketObject", serviceName = "r2-objects"),
          ),
          (name = "PLATFORM", service = "platform"),
        ],
      ),
    ),
    (
      name = "r2-objects",
      worker = (
        modules = [(name = "bucket.worker.js", esModule = embed "/t/r2/bucket.worker.js")],
        compatibilityDate = "2023-07-24",
        compatibilityFlags = ["nodejs_compat", "experimental"],
        bindings = [(name = "MINIFLARE_BLOBS", service = "r2-files")],
        durableObjectNamespaces = [(className = "R2BucketObject", uniqueKey = "r2", enableSql = true)],
        durableObjectStorage = (localDisk = "r2-files"),
      ),
    ),
    (name = "r2-files", disk = (path = "/home/r2/data", writable = true)),
    (name = "platform", external = (address = "unix:/run/platform", http = ())),
  ],
  sockets = [
    (name = "control", address = "unix:/run/r2.control", http = (), service = "control"),
    (name = "calls", http = (), service = "control"),
  ],
  extensions = [
    (
      modules = [
        (name = "miniflare:shared", esModule = embed "/t/shared/index.worker.js"),
        (name = "miniflare:zod", esModule = embed "/t/shared/zod.worker.js"),
      ],
    ),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
