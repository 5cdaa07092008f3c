// The platform's control Worker in the workerd that holds R2 buckets: a request of R2's binding to
// `/<bucket>` goes to that bucket. PROCESSES gives the process itself, since only its debug port lets a
// bucket be chosen with each request.

export { Presence } from "presence.js";

export default {
  fetch(request, env) {
    const bucket = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const props = { MINIFLARE_NAMESPACE: bucket };
    return env.PROCESSES.current().getEntrypoint("r2", undefined, props).fetch("http://r2/", request);
  },
};
