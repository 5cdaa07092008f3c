using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "r2",
      worker = (
        modules = [(name = "object-entry.worker.js", esModule = embed "/t/shared/object-entry.worker.js")],
        compatibilityDate = "2023-07-24",
        compatibilityFlags = ["nodejs_compat", "experimental"],
        bindings = [
          (
            name = "MINIFLARE_OBJECT",
            durableObjectNamespace = (className = "R2BucketObject", serviceName = "r2-objects"),
          ),
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
    (
      name = "control",
      worker = (
        modules = [
          (name = "r2.js", esModule = embed "/scripts/r2.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [(name = "PROCESSES", workerdDebugPort = void)],
      ),
    ),
  ],
  sockets = [(name = "control", address = "unix:/run/r2.control", http = (), service = "control")],
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
