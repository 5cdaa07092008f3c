using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "worker",
      worker = (
        modules = [(name = "index.js", esModule = embed "/m/0000")],
        compatibilityDate = "2026-11-01",
        compatibilityFlags = [],
        bindings = [
          (name = "ASSETS", service = "assets"),
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
        ],
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
        modules = [(name = "assets.worker.js", esModule = embed "/t/assets/assets.worker.js")],
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
        modules = [(name = "router.worker.js", esModule = embed "/t/assets/router.worker.js")],
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
    (
      name = "http4",
      http = (
        injectRequestHeaders = [
          (name = "CF-IPCountry", value = "US"),
          (name = "CF-Visitor", value = "{\"scheme\":\"http\"}"),
          (name = "X-Forwarded-Proto", value = "http"),
          (name = "CF-Connecting-IP", value = "127.0.0.1"),
          (name = "X-Real-IP", value = "127.0.0.1"),
          (name = "CF-Ray", value = "3bfc269594ef6492-DFW"),
          (name = "Expect"),
          (name = "CF-Connecting-IPv6"),
          (name = "CF-EW-Via"),
          (name = "CF-Worker"),
        ],
      ),
      service = "router",
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
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
