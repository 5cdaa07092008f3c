using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "queues",
      worker = (
        modules = [
          (name = "queue_calls.js", esModule = embed "/scripts/queue_calls.js"),
          (name = "queue_shard.js", esModule = embed "/scripts/queue_shard.js"),
          (name = "targets.js", esModule = embed "/scripts/targets.js"),
          (name = "queues.js", bundled = "/workerd/queues.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "SHARD", durableObjectNamespace = "QueueShard"),
          (
            name = "CONSUMERS",
            json = "{\"11111111111111111111111111111111\": {\"consumer\": \"consumer-of-11111111111111111111111111111111\", \"maxBatchSize\": 5, \"maxBatchTimeout\": 1.5, \"maxRetries\": 0, \"maxConcurrency\": 2, \"retryDelay\": 30, \"deadLetterQueue\": \"22222222222222222222222222222222\"}}",
          ),
          (
            name = "QUEUES",
            json = "{\"dead\": {\"id\": \"22222222222222222222222222222222\"}, \"jobs\": {\"id\": \"11111111111111111111111111111111\", \"delay\": 5}}",
          ),
          (
            name = "consumer-of-11111111111111111111111111111111",
            service = (
              name = "links",
              entrypoint = "QueueConsumer",
              props = (json = "{\"worker\":\"taker\",\"socket\":\"/run/taker.peers\",\"queue\":\"jobs\"}"),
            ),
          ),
        ],
        durableObjectNamespaces = [(className = "QueueShard", uniqueKey = "queues", enableSql = true)],
        durableObjectStorage = (localDisk = "messages"),
      ),
    ),
    (name = "messages", disk = (path = "/home/q/data", writable = true)),
    (
      name = "links",
      worker = (
        modules = [
          (name = "links.js", esModule = embed "/scripts/links.js"),
          (name = "forwarding.js", esModule = embed "/scripts/forwarding.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [(name = "PROCESSES", workerdDebugPort = void), (name = "PLATFORM", service = "platform")],
      ),
    ),
    (name = "platform", external = (address = "unix:/run/platform", http = ())),
    (
      name = "control",
      worker = (
        modules = [
          (name = "queues.js", esModule = embed "/scripts/queues.js"),
          (name = "pulling.js", esModule = embed "/scripts/pulling.js"),
          (name = "targets.js", esModule = embed "/scripts/targets.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "PROCESSES", workerdDebugPort = void),
          (name = "SHARD", durableObjectNamespace = (className = "QueueShard", serviceName = "queues")),
          (name = "CALLS", service = "queues"),
        ],
      ),
    ),
  ],
  sockets = [
    (name = "control", address = "unix:/run/q.control", http = (), service = "control"),
    (name = "calls", http = (), service = "queues"),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
