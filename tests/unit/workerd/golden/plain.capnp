using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "worker",
      worker = (
        modules = [(name = "index.js", esModule = embed "/m/0000")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = [],
        bindings = [],
      ),
    ),
    (name = "storage", disk = (path = "/home/do", writable = true)),
    (
      name = "control",
      worker = (
        modules = [
          (name = "control.js", esModule = embed "/scripts/control.js"),
          (name = "forwarding.js", esModule = embed "/scripts/forwarding.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = ["service_binding_extra_handlers"],
        bindings = [(name = "WORKER", service = "worker")],
      ),
    ),
  ],
  sockets = [
    (name = "http4", http = (injectRequestHeaders = [(name = "Expect")]), service = "worker"),
    (name = "control", address = "unix:/run/w.control", http = (), service = "control"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
