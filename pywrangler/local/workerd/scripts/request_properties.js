// `request.cf` as Cloudflare's network would fill it in. Loaded into the user's Worker as what a binding
// consists of, since a Worker in front of it would cost as much time as a small Worker takes itself.
//
// Of a request from outside, and of its copies, workerd (2026-11-17) knows `{ clientIp }` alone, and takes
// that along to Durable Objects and other Workers. What code sets itself is left as it is.

import innerEnv from "cloudflare-internal:env";

const native = Object.getOwnPropertyDescriptor(Request.prototype, "cf");
const told = new WeakMap();

export default ({ properties, name }) => {
  const get = function () {
    const known = native.get.call(this);
    if (known?.clientIp === undefined || "colo" in known) return known;
    if (!told.has(known)) {
      const clientAcceptEncoding = this.headers.get("Accept-Encoding") ?? "";
      told.set(known, Object.freeze({ ...properties, clientAcceptEncoding }));
    }
    return told.get(known);
  };
  Object.defineProperty(Request.prototype, "cf", { ...native, get });
  // The binding has done its work, and no code of the Worker has run yet.
  queueMicrotask(() => delete innerEnv.getCurrentEnv()[name]);
};
