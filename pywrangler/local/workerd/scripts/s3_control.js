// The platform's control Worker in the workerd that serves R2 to clients of S3. S3 is that Worker's `Writes`.

export { Presence } from "presence.js";

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== "/settle") return new Response(null, { status: 404 });
    const { timeout_ms } = await request.json();
    return Response.json({ result: { writes: await env.S3.settle(timeout_ms) } });
  },
};
