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
        bindings = [(name = "WORKER", service = "worker")],
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
  ],
  logging = (structuredLogging = true, stdoutPrefix = "", stderrPrefix = ""),
);
