// Serves KV namespaces: workerd's own Worker, with the namespace from a header.

import namespaces, { KVNamespace } from "kv.js";
import { targetOf } from "targets.js";

export { KVNamespace };

export default {
  fetch: (request, env) => namespaces.fetch(request, env, { props: { namespace: targetOf(request) } }),
};
