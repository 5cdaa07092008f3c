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
          (
            name = "STOCK",
            service = (
              name = "links",
              entrypoint = "Service",
              props = (json = "{\"worker\":\"stock\",\"socket\":\"/run/stock.peers\"}"),
            ),
          ),
          (name = "ADMIN", service = (name = "worker", entrypoint = "Admin")),
          (
            name = "DESK",
            service = (
              name = "links",
              entrypoint = "Service",
              props = (
                json = "{\"worker\":\"stock\",\"socket\":\"/run/stock.peers\",\"entrypoint\":\"Desk\",\"props\":{\"a\":1}}",
              ),
            ),
          ),
          (
            name = "ROOM",
            durableObjectNamespace = (className = "RemoteObject", serviceName = "objects:stock:Room"),
          ),
          (
            name = "GONE",
            durableObjectNamespace = (className = "RemoteObject", serviceName = "objects:stock:Gone"),
          ),
          (name = "CACHE", kvNamespace = "key-values:kv1"),
          (
            name = "API_KEY",
            service = (
              name = "links",
              entrypoint = "StoredSecret",
              props = (json = "{\"store_id\":\"s1\",\"name\":\"api-key\"}"),
            ),
          ),
          (
            name = "pywrangler: request.cf",
            wrapped = (
              moduleName = "pywrangler:request-properties",
              innerBindings = [
                (
                  name = "properties",
                  json = "{\"asOrganization\": \"\", \"asn\": 395747, \"colo\": \"DFW\", \"city\": \"Austin\", \"region\": \"Texas\", \"regionCode\": \"TX\", \"metroCode\": \"635\", \"postalCode\": \"78701\", \"timezone\": \"America/Chicago\", \"latitude\": \"30.27130\", \"longitude\": \"-97.74260\", \"country\": \"US\", \"continent\": \"NA\", \"clientTcpRtt\": 0, \"httpProtocol\": \"HTTP/1.1\", \"requestPriority\": \"weight=192;exclusive=0\", \"tlsCipher\": \"AEAD-AES128-GCM-SHA256\", \"tlsVersion\": \"TLSv1.3\", \"tlsClientAuth\": {\"certPresented\": \"0\", \"certVerified\": \"NONE\", \"certRevoked\": \"0\", \"certIssuerDN\": \"\", \"certSubjectDN\": \"\", \"certIssuerDNRFC2253\": \"\", \"certSubjectDNRFC2253\": \"\", \"certIssuerDNLegacy\": \"\", \"certSubjectDNLegacy\": \"\", \"certSerial\": \"\", \"certIssuerSerial\": \"\", \"certSKI\": \"\", \"certIssuerSKI\": \"\", \"certFingerprintSHA1\": \"\", \"certFingerprintSHA256\": \"\", \"certNotBefore\": \"\", \"certNotAfter\": \"\", \"certRFC9440\": \"\", \"certChainRFC9440\": \"\", \"certRFC9440TooLarge\": false, \"certChainRFC9440TooLarge\": false}, \"edgeRequestKeepAliveStatus\": 0, \"clientTrustScore\": 99, \"botManagement\": {\"corporateProxy\": false, \"verifiedBot\": false, \"ja3Hash\": \"25b4882c2bcb50cd6b469ff28c596742\", \"staticResource\": false, \"detectionIds\": [], \"score\": 99}}",
                ),
                (name = "name", text = "pywrangler: request.cf"),
              ],
            ),
          ),
          (
            name = "pywrangler: refused calls",
            wrapped = (
              moduleName = "pywrangler:refused-calls",
              innerBindings = [(name = "name", text = "pywrangler: refused calls"), (name = "gateway", service = "gateway")],
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
        tails = ["control"],
        containerEngine = (
          localDocker = (socketPath = "unix:/run/w.gateway", containerEgressInterceptorImage = "pywrangler-gateway"),
        ),
      ),
    ),
    (name = "storage", disk = (path = "/home/do", writable = true)),
    (
      name = "control",
      worker = (
        modules = [
          (name = "control.js", esModule = embed "/scripts/control.js"),
          (name = "flows.js", esModule = embed "/scripts/flows.js"),
          (name = "forwarding.js", esModule = embed "/scripts/forwarding.js"),
          (name = "presence.js", esModule = embed "/scripts/presence.js"),
        ],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = ["service_binding_extra_handlers"],
        bindings = [
          (name = "WORKER", service = "worker"),
          (name = "class:Cart", durableObjectNamespace = (className = "Cart", serviceName = "worker")),
          (
            name = "namespace:00000000000000000000000000000000",
            durableObjectNamespace = (className = "Cart", serviceName = "worker"),
          ),
          (name = "class:Old", durableObjectNamespace = (className = "Old", serviceName = "worker")),
          (
            name = "namespace:11111111111111111111111111111111",
            durableObjectNamespace = (className = "Old", serviceName = "worker"),
          ),
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
      name = "objects:stock:Room",
      worker = (
        modules = [
          (name = "links.js", esModule = embed "/scripts/links.js"),
          (name = "forwarding.js", esModule = embed "/scripts/forwarding.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "PROCESSES", workerdDebugPort = void),
          (name = "PLATFORM", service = "platform"),
          (
            name = "TARGET",
            json = "{\"worker\": \"stock\", \"socket\": \"/run/stock.peers\", \"class_name\": \"Room\", \"namespace_id\": \"22222222222222222222222222222222\"}",
          ),
        ],
        durableObjectNamespaces = [(className = "RemoteObject", uniqueKey = "22222222222222222222222222222222")],
        durableObjectStorage = (inMemory = void),
      ),
    ),
    (
      name = "objects:stock:Gone",
      worker = (
        modules = [
          (name = "links.js", esModule = embed "/scripts/links.js"),
          (name = "forwarding.js", esModule = embed "/scripts/forwarding.js"),
        ],
        compatibilityDate = "2026-11-01",
        bindings = [
          (name = "PROCESSES", workerdDebugPort = void),
          (name = "PLATFORM", service = "platform"),
          (
            name = "TARGET",
            json = "{\"worker\": \"stock\", \"socket\": \"/run/stock.peers\", \"class_name\": \"Gone\", \"namespace_id\": \"absent:stock:Gone\"}",
          ),
        ],
        durableObjectNamespaces = [(className = "RemoteObject", uniqueKey = "absent:stock:Gone")],
        durableObjectStorage = (inMemory = void),
      ),
    ),
    (
      name = "key-values:kv1",
      external = (
        address = "unix:/run/key-values.calls",
        http = (injectRequestHeaders = [(name = "PW-Target", value = "kv1")]),
      ),
    ),
    (name = "gateway", external = (address = "unix:/run/w.gateway", http = ())),
  ],
  sockets = [
    (
      name = "http4",
      http = (
        injectRequestHeaders = [
          (name = "CF-IPCountry", value = "US"),
          (name = "CF-Visitor", value = "{\"scheme\":\"http\"}"),
          (name = "X-Forwarded-Proto", value = "http"),
          (name = "CF-Connecting-IP", value = "127.0.0.1"),
          (name = "X-Real-IP", value = "127.0.0.1"),
          (name = "CF-Ray", value = "fb04dcb6970e4c3d-DFW"),
          (name = "Expect"),
          (name = "CF-Connecting-IPv6"),
          (name = "CF-EW-Via"),
          (name = "CF-Worker"),
        ],
      ),
      service = "worker",
    ),
    (
      name = "http6",
      http = (
        injectRequestHeaders = [
          (name = "CF-IPCountry", value = "US"),
          (name = "CF-Visitor", value = "{\"scheme\":\"http\"}"),
          (name = "X-Forwarded-Proto", value = "http"),
          (name = "CF-Connecting-IP", value = "::1"),
          (name = "X-Real-IP", value = "::1"),
          (name = "CF-Ray", value = "fb04dcb6970e4c3d-DFW"),
          (name = "Expect"),
          (name = "CF-Connecting-IPv6"),
          (name = "CF-EW-Via"),
          (name = "CF-Worker"),
        ],
      ),
      service = "worker",
    ),
    (name = "control", address = "unix:/run/w.control", http = (), service = "control"),
  ],
  extensions = [
    (
      modules = [
        (
          name = "pywrangler:request-properties",
          internal = true,
          esModule = embed "/scripts/request_properties.js",
        ),
      ],
    ),
    (
      modules = [(name = "pywrangler:refused-calls", internal = true, esModule = embed "/scripts/refused_calls.js")],
    ),
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
