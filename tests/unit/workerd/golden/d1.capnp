using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "d1",
      worker = (
        modules = [
          (name = "d1_calls.js", esModule = embed "/scripts/d1_calls.js"),
          (name = "targets.js", esModule = embed "/scripts/targets.js"),
          (name = "d1.js", bundled = "/workerd/d1.js"),
        ],
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
          (name = "targets.js", esModule = embed "/scripts/targets.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [(name = "PROCESSES", workerdDebugPort = void), (name = "CALLS", service = "d1")],
      ),
    ),
  ],
  sockets = [
    (name = "control", address = "unix:/run/d1.control", http = (), service = "control"),
    (name = "calls", http = (), service = "d1"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
