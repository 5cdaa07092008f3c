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
        modules = [(name = "control.js", esModule = embed "SCRIPTS/control.js")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = ["service_binding_extra_handlers"],
        bindings = [(name = "WORKER", service = "worker")],
      ),
    ),
  ],
  sockets = [
    (name = "http4", http = (), service = "worker"),
    (
      name = "peers",
      address = "unix:/run/w.peers",
      http = (capnpConnectHost = "pywrangler-peer"),
      service = "worker",
    ),
    (name = "control", address = "unix:/run/w.control", http = (), service = "control"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
