// The platform's control Worker in the workerd that holds the values of all KV namespaces: PUT, GET, DELETE
// `/<namespace>/<key>`, GET `/<namespace>/?prefix=&key_count_limit=&cursor=`, in the protocol of workerd's
// kv.js.

import { requestFor } from "targets.js";

export { Presence } from "presence.js";

export default {
  fetch(request, env) {
    const { hostname, pathname, search } = new URL(request.url);
    // A node of a cluster calls its platform's own Durable Objects here.
    if (hostname === "control") return env.PLACES.fetch(request);
    const [, namespace, key] = pathname.split("/");
    return env.CALLS.fetch(requestFor(namespace, `http://kv/${key}${search}`, request));
  },
};
