// Serves KV namespaces: workerd's own Worker, with the namespace from a header.

import namespaces, { KVNamespace } from "kv.js";
import { failure, targetOf } from "targets.js";

export { KVNamespace };

// A cursor that no list has given begins somewhere, as under Wrangler (4.164), which reads base64 leniently.
const withMendedCursor = (request) => {
  if (!/[?&]cursor=./.test(request.url)) return request;
  const url = new URL(request.url);
  const cursor = url.searchParams.get("cursor");
  const text = cursor.replaceAll("-", "+").replaceAll("_", "/").replace(/[^A-Za-z0-9+/]/g, "");
  const bytes = atob(text.length % 4 === 1 ? text.slice(0, -1) : text);
  const start = new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  const encoded = String.fromCharCode(...new TextEncoder().encode(start));
  url.searchParams.set("cursor", btoa(encoded));
  return new Request(url, request);
};

export default {
  async fetch(request, env) {
    const props = { namespace: targetOf(request) };
    const response = await namespaces.fetch(withMendedCursor(request), env, { props });
    // As under Wrangler (4.164), `cacheStatus` is null: there is no cache.
    response.headers.delete("CF-Cache-Status");
    if (response.status !== 500) return response;
    return new Response(null, { status: 500, statusText: failure(response.statusText) });
  },
};
