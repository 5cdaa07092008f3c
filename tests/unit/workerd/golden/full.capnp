using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "worker",
      worker = (
        modules = [
          (name = "index.js", esModule = embed "/m/0002"),
          (name = "text.txt", text = embed "/m/0000"),
          (name = "sum.wasm", wasm = embed "/m/0003"),
        ],
        compatibilityDate = "2026-10-01",
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "GREETING", text = "say \"hi\"\n"),
          (name = "LIMITS", json = "{\"rows\":[1,2]}"),
          (name = "TOKEN", fromEnvironment = "PYWRANGLER_SECRET_544f4b454e"),
          (name = "CART", durableObjectNamespace = "Cart"),
          (name = "STOCK", service = "peer:stock"),
          (name = "ADMIN", service = (name = "worker", entrypoint = "Admin")),
          (
            name = "API_KEY",
            wrapped = (
              moduleName = "pywrangler:secret",
              innerBindings = [
                (name = "name", text = "api-key"),
                (name = "value", fromEnvironment = "PYWRANGLER_SECRET_4150495f4b4559"),
              ],
            ),
          ),
        ],
        durableObjectNamespaces = [
          (
            className = "Cart",
            uniqueKey = "00000000000000000000000000000000",
            enableSql = true,
            container = (imageName = "application-of/00000000000000000000000000000000"),
          ),
          (className = "Old", uniqueKey = "11111111111111111111111111111111"),
        ],
        durableObjectStorage = (localDisk = "storage"),
        containerEngine = (
          localDocker = (socketPath = "unix:/run/w.gateway", containerEgressInterceptorImage = "pywrangler-gateway"),
        ),
      ),
    ),
    (name = "storage", disk = (path = "/home/do", writable = true)),
    (
      name = "control",
      worker = (
        modules = [(name = "control.js", esModule = embed "SCRIPTS/control.js")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = ["service_binding_extra_handlers"],
        bindings = [
          (name = "WORKER", service = "worker"),
          (name = "class:Cart", durableObjectNamespace = (className = "Cart", serviceName = "worker")),
          (name = "class:Old", durableObjectNamespace = (className = "Old", serviceName = "worker")),
        ],
      ),
    ),
    (
      name = "cron",
      worker = (
        modules = [(name = "cron.js", bundled = "/workerd/cron.js")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = ["service_binding_extra_handlers"],
        bindings = [
          (name = "SCHEDULE", durableObjectNamespace = "Schedule"),
          (name = "WORKER", service = "worker"),
          (name = "CRONS", json = "{\"WORKER\": [\"* * * * *\"]}"),
        ],
        durableObjectNamespaces = [(className = "Schedule", uniqueKey = "cron-shop", enableSql = true)],
        durableObjectStorage = (localDisk = "storage"),
      ),
    ),
    (
      name = "peer:stock",
      external = (address = "unix:/run/stock.peers", http = (capnpConnectHost = "pywrangler-peer")),
    ),
  ],
  sockets = [
    (name = "http4", http = (), service = "worker"),
    (name = "http6", http = (), service = "worker"),
    (
      name = "peers",
      address = "unix:/run/w.peers",
      http = (capnpConnectHost = "pywrangler-peer"),
      service = "worker",
    ),
    (name = "control", address = "unix:/run/w.control", http = (), service = "control"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
  extensions = [
    (
      modules = [
        (
          name = "pywrangler:secret",
          internal = true,
          esModule = embed "SCRIPTS/secret.js",
        ),
      ],
    ),
  ],
);
