// Answers the Cache API where nothing can be stored, as on workers.dev: nothing is ever found, and nothing
// throws.

const statuses = { GET: 504, PUT: 204, PURGE: 404 };

export default {
  async fetch(request) {
    await request.body?.pipeTo(new WritableStream());
    const status = statuses[request.method] ?? 405;
    return new Response(null, { status, headers: { "CF-Cache-Status": "MISS" } });
  },
};
