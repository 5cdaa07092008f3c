// Calls that Cloudflare has and workerd (2026-11-17) refuses or answers otherwise. Loaded into the user's
// Worker as what a binding consists of, if it has containers or its code mentions them.
//
// * `start({ directorySnapshots: [{ mountPoint }] })`, an empty directory: workerd takes the missing snapshot
//   for one with an invalid id. It gets ids that the gateway knows as those of nothing.
// * `namespace.jurisdiction()` and `newUniqueId({ jurisdiction })`: every object is on this machine, so the
//   namespace itself is the one of each jurisdiction.
// * `snapshotContainer({ name })`: workerd keeps the name to itself, and the gateway is to list it.
// * `getTcpPort().fetch()` of a port where nothing listens: the error begins with Cloudflare's words, which
//   Workers compare, and not with workerd's about its proxy.

import innerEnv from "cloudflare-internal:env";
import entrypoints from "cloudflare-internal:workers";

const ABOUT_THE_PROXY =
  "Connecting to container port through proxy-everything failed: [503] Service Unavailable ";
const NOTHING = "00000000-0000-4000-8000-";
const JURISDICTIONS = ["eu", "fedramp", "fedramp-high", "us"];
const changed = new WeakSet();

const once = (prototype, change) => {
  if (!prototype || changed.has(prototype)) return;
  changed.add(prototype);
  change(prototype);
};

const emptyDirectory = (entry, number) => {
  if (typeof entry?.mountPoint !== "string" || entry.snapshot != null) return entry;
  const id = NOTHING + String(number).padStart(12, "0");
  return { snapshot: { id, size: 0, dir: entry.mountPoint }, mountPoint: entry.mountPoint };
};

const withoutTheProxy = (error) => {
  if (error instanceof Error && error.message.startsWith(ABOUT_THE_PROXY)) {
    const { message, stack } = error;
    error.message = message.slice(ABOUT_THE_PROXY.length);
    error.stack = stack.replace(ABOUT_THE_PROXY, "");
  }
  throw error;
};

const changeContainer = (askGateway) => (prototype) => {
  const { getTcpPort, snapshotContainer, start } = prototype;
  prototype.getTcpPort = function (port) {
    const fetcher = getTcpPort.call(this, port);
    const { fetch } = fetcher;
    const value = (...request) => fetch.apply(fetcher, request).catch(withoutTheProxy);
    return Object.defineProperty(fetcher, "fetch", { value, writable: true, configurable: true });
  };
  prototype.start = function (options) {
    const directories = options?.directorySnapshots;
    if (!Array.isArray(directories)) return start.call(this, options);
    return start.call(this, { ...options, directorySnapshots: directories.map(emptyDirectory) });
  };
  prototype.snapshotContainer = function (options) {
    const name = async (snapshot) => {
      const request = [`http://gateway/snapshots/${snapshot.id}`, { method: "PUT", body: snapshot.name }];
      if (snapshot.name) await askGateway(...request).catch(() => {});
      return snapshot;
    };
    return snapshotContainer.call(this, options).then(name);
  };
};

const check = (jurisdiction) => {
  if (jurisdiction != null && !JURISDICTIONS.includes(jurisdiction)) {
    throw new TypeError(`Invalid jurisdiction "${jurisdiction}": it must be ${JURISDICTIONS.join(", ")}.`);
  }
};

const changeNamespace = (prototype) => {
  const { newUniqueId } = prototype;
  prototype.jurisdiction = function (jurisdiction) {
    check(jurisdiction);
    return this;
  };
  prototype.newUniqueId = function (options) {
    check(options?.jurisdiction);
    return newUniqueId.call(this);
  };
};

export default ({ gateway, name }) => {
  // Bound before the Worker's code runs, which could replace the method of all services and get this one.
  const askGateway = gateway.fetch.bind(gateway);
  // The class of a container has no name of its own. An object gets its container with its `ctx`.
  Object.defineProperty(entrypoints.DurableObject.prototype, "ctx", {
    configurable: true,
    set(value) {
      if (value?.container) once(Object.getPrototypeOf(value.container), changeContainer(askGateway));
      const own = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, "ctx", own);
    },
  });
  queueMicrotask(() => {
    const env = innerEnv.getCurrentEnv();
    delete env[name];
    for (const binding of Object.values(env)) {
      if (typeof binding?.idFromName === "function") once(Object.getPrototypeOf(binding), changeNamespace);
    }
  });
};
