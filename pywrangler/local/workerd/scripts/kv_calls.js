// Serves KV namespaces: workerd's own Worker, with the namespace from a header.

import namespaces, { KVNamespace } from "kv.js";
import { failure, targetOf } from "targets.js";

export { KVNamespace };

export default {
  async fetch(request, env) {
    const response = await namespaces.fetch(request, env, { props: { namespace: targetOf(request) } });
    // As under Wrangler (4.164), `cacheStatus` is null: there is no cache.
    response.headers.delete("CF-Cache-Status");
    if (response.status !== 500) return response;
    return new Response(null, { status: 500, statusText: failure(response.statusText) });
  },
};
