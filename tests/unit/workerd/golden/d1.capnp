using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "d1",
      worker = (
        modules = [(name = "d1.js", bundled = "/workerd/d1.js")],
        compatibilityDate = "2026-11-01",
        bindings = [(name = "DATABASE", durableObjectNamespace = "D1Database")],
        durableObjectNamespaces = [(className = "D1Database", uniqueKey = "d1", enableSql = true)],
        durableObjectStorage = (localDisk = "databases"),
      ),
    ),
    (name = "databases", disk = (path = "/home/d1/data", writable = true)),
    (
      name = "control",
      worker = (
        modules = [
          (name = "d1.js", esModule = embed "/scripts/d1.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [(name = "PROCESSES", workerdDebugPort = void)],
      ),
    ),
  ],
  sockets = [(name = "control", address = "unix:/run/d1.control", http = (), service = "control")],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
