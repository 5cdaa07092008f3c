// Runs at Cloudflare, in a preview that only its token reaches, with the bindings that are remote. It hands
// each request to the binding that the request names. The headers are those of miniflare's Worker, which
// sends them.

const PREFIX = "mf-header-";

export default {
  async fetch(request, env) {
    const name = request.headers.get("MF-Binding");
    const binding = name === null ? undefined : env[name];
    if (binding === undefined) return new Response(`There is no binding "${name}".`, { status: 400 });
    const headers = new Headers();
    for (const [key, value] of request.headers) {
      if (key.startsWith(PREFIX)) headers.set(key.slice(PREFIX.length), value);
      else if (key === "upgrade") headers.set(key, value);
    }
    try {
      const inner = new Request(request, { headers, redirect: "manual" });
      const response = await binding.fetch(request.headers.get("MF-URL"), inner);
      if (response.webSocket) return response;
      const marked = new Response(response.body, response);
      marked.headers.set("MF-Forwarded-Response", "true");
      return marked;
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};
