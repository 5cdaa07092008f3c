// The store of static assets, in the protocol of KV namespaces: a file by its hash, with its content type.
// FILES is the directory, TYPES the content types by hash; a file without a type is served without one.

export default {
  async fetch(request, env) {
    if (request.method !== "GET") return new Response("assets are changed by a deploy only", { status: 405 });
    const hash = new URL(request.url).pathname.slice(1);
    const file = await env.FILES.fetch(`http://files/${hash}`);
    if (!file.ok) return new Response(null, { status: 404 });
    const contentType = env.TYPES[hash];
    const headers = contentType === undefined ? {} : { "CF-KV-Metadata": JSON.stringify({ contentType }) };
    return new Response(file.body, { headers });
  },
};
