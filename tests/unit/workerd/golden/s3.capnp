using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "s3",
      worker = (
        modules = [
          (name = "s3.js", esModule = embed "/scripts/s3.js"),
          (name = "sigv4.js", esModule = embed "/scripts/sigv4.js"),
          (name = "checked_bodies.js", esModule = embed "/scripts/checked_bodies.js"),
          (name = "incoming.js", esModule = embed "/scripts/incoming.js"),
          (name = "r2_events.js", esModule = embed "/scripts/r2_events.js"),
          (name = "s3.worker.js", esModule = embed "/t/r2/s3/index.worker.js"),
          (name = "public.worker.js", esModule = embed "/t/r2/public.worker.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "KEYS", fromEnvironment = "PYWRANGLER_S3_KEYS"),
          (name = "ACCOUNT", text = "account"),
          (name = "PLATFORM", service = "platform"),
          (name = "CREATED", json = "{\"one\": \"2026-01-01\", \"two\": \"2026-02-02\"}"),
          (name = "PUBLIC", json = "[\"two\"]"),
          (name = "MINIFLARE_R2_S3_BUCKET_one", r2Bucket = "r2:one"),
          (name = "MINIFLARE_R2_S3_BUCKET_two", r2Bucket = "r2:two"),
          (name = "COPIES_one", r2Bucket = "r2-copies:one"),
          (name = "COPIES_two", r2Bucket = "r2-copies:two"),
        ],
      ),
    ),
    (
      name = "r2:one",
      external = (address = "unix:/run/r2.calls", http = (injectRequestHeaders = [(name = "PW-Target", value = "one")])),
    ),
    (
      name = "r2:two",
      external = (address = "unix:/run/r2.calls", http = (injectRequestHeaders = [(name = "PW-Target", value = "two")])),
    ),
    (
      name = "r2-copies:one",
      external = (
        address = "unix:/run/r2.calls",
        http = (injectRequestHeaders = [(name = "PW-Target", value = "one"), (name = "PW-Copy", value = "1")]),
      ),
    ),
    (
      name = "r2-copies:two",
      external = (
        address = "unix:/run/r2.calls",
        http = (injectRequestHeaders = [(name = "PW-Target", value = "two"), (name = "PW-Copy", value = "1")]),
      ),
    ),
    (name = "platform", external = (address = "unix:/run/platform", http = ())),
    (
      name = "control",
      worker = (
        modules = [
          (name = "s3_control.js", esModule = embed "/scripts/s3_control.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "PROCESSES", workerdDebugPort = void),
          (name = "S3", service = (name = "s3", entrypoint = "Writes")),
        ],
      ),
    ),
  ],
  sockets = [
    (name = "http4", http = (), service = "s3"),
    (name = "http6", http = (), service = "s3"),
    (name = "control", address = "unix:/run/s3.control", http = (), service = "control"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
