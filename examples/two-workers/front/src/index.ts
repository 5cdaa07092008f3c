import type Backend from "../../backend/src";

interface Env {
  BACKEND: Service<typeof Backend>;
}

/** What the public sees: it checks, and leaves the work to the Worker that has the containers. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== "POST") return new Response("POST a text\n", { status: 405 });
    const text = await request.text();
    if (text.length > 1000) return new Response("That is too long.\n", { status: 413 });
    return Response.json({ text, sha256: await env.BACKEND.sha256(text) });
  },
};
