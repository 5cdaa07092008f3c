// The platform's control Worker in the workerd that holds the values of all KV namespaces: PUT, GET, DELETE
// `/<namespace>/<key>`, GET `/<namespace>/?prefix=&key_count_limit=&cursor=`, in the protocol of workerd's
// kv.js. PROCESSES gives the process itself, since only its debug port lets a namespace be chosen with each
// request.

export { Presence } from "presence.js";

export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const [, quoted, key] = pathname.split("/");
    const namespace = decodeURIComponent(quoted);
    const values = env.PROCESSES.current().getEntrypoint("kv", undefined, { namespace });
    return values.fetch(new Request(`http://kv/${key}${search}`, request));
  },
};
