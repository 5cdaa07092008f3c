// The platform's control Worker in the workerd that holds R2 buckets: a request of R2's binding to
// `/<bucket>` goes to that bucket. PROCESSES gives the process itself, since only its debug port lets a
// bucket be chosen with each request.

import { drain } from "presence.js";

export { Presence } from "presence.js";

export default {
  async fetch(request, env) {
    const { hostname, pathname } = new URL(request.url);
    if (hostname === "control") {
      const { timeout_ms } = await request.json();
      return Response.json({ result: await drain(timeout_ms) });
    }
    const props = { MINIFLARE_NAMESPACE: decodeURIComponent(pathname.slice(1)) };
    return env.PROCESSES.current().getEntrypoint("r2", undefined, props).fetch("http://r2/", request);
  },
};
