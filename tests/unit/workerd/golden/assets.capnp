using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "worker",
      worker = (
        modules = [(name = "index.js", esModule = embed "/m/0000")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = [],
        bindings = [(name = "ASSETS", service = "assets")],
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
        bindings = [(name = "WORKER", service = "worker"), (name = "FRONT", text = "router")],
      ),
    ),
    (name = "asset-files", disk = (path = "/home/assets")),
    (
      name = "asset-store",
      worker = (
        modules = [(name = "assets.js", esModule = embed "/scripts/assets.js")],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "FILES", service = "asset-files"),
          (name = "TYPES", json = "{\"00000000000000000000000000000000\":\"text/html; charset=utf-8\"}"),
        ],
      ),
    ),
    (
      name = "assets",
      worker = (
        modules = [(name = "assets.worker.js", esModule = embed "/t/assets.worker.js")],
        compatibilityDate = "2024-07-31",
        compatibilityFlags = ["nodejs_compat", "no_nodejs_compat_v2", "enable_ctx_exports"],
        bindings = [
          (name = "ASSETS_KV_NAMESPACE", kvNamespace = "asset-store"),
          (
            name = "ASSETS_MANIFEST",
            data = 0x"0000000000000000000000000000000000000000213456c5dc963e03ec1f27600c46c954000000000000000000000000000000000000000000000000d5e8a067e9f2ac7b37dd1c869137e3f0ffffffffffffffffffffffffffffffff0000000000000000",
          ),
          (
            name = "CONFIG",
            json = "{\"compatibility_date\": \"2026-11-01\", \"compatibility_flags\": [], \"has_static_routing\": true, \"not_found_handling\": \"404-page\", \"headers\": {\"version\": 2, \"rules\": {\"/*\": {\"set\": {\"x\": \"y\"}}}}, \"redirects\": {\"version\": 1, \"staticRules\": {\"/a\": {\"status\": 302, \"to\": \"/b\", \"lineNumber\": 1}}, \"rules\": {}}}",
          ),
        ],
      ),
    ),
    (
      name = "router",
      worker = (
        modules = [(name = "router.worker.js", esModule = embed "/t/router.worker.js")],
        compatibilityDate = "2024-07-31",
        compatibilityFlags = ["nodejs_compat", "no_nodejs_compat_v2", "enable_ctx_exports"],
        bindings = [
          (name = "ASSET_WORKER", service = "assets"),
          (name = "USER_WORKER", service = "worker"),
          (
            name = "CONFIG",
            json = "{\"has_user_worker\": true, \"static_routing\": {\"asset_worker\": [\"/api/docs\"], \"user_worker\": [\"/api/*\"]}}",
          ),
        ],
      ),
    ),
  ],
  sockets = [
    (name = "http4", http = (injectRequestHeaders = [(name = "Expect")]), service = "router"),
    (name = "control", address = "unix:/run/w.control", http = (), service = "control"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
