import { Container, getRandom } from "@cloudflare/containers";

interface Env {
  NOTEBOOK: DurableObjectNamespace<Notebook>;
  HASHER: DurableObjectNamespace<Hasher>;
  HASHERS: number;
}

/** One container per session: it remembers what its visitor wrote, and sleeps when the visitor is away. */
export class Notebook extends Container {
  defaultPort = 8080;
  sleepAfter = "10m";
  enableInternet = false;
}

/** Containers without a memory: any of them can do the work. */
export class Hasher extends Container {
  defaultPort = 8080;
  sleepAfter = "1m";
  enableInternet = false;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const path = new URL(request.url).pathname;

    const session = path.match(/^\/sessions\/([\w-]{1,64})$/)?.[1];
    if (session) {
      const notebook = env.NOTEBOOK.getByName(session);
      if (request.method === "DELETE") {
        await notebook.destroy();
        return Response.json({ deleted: session });
      }
      return notebook.fetch(request);
    }

    if (path === "/hash" && request.method === "POST") {
      const hasher = await getRandom(env.HASHER, env.HASHERS);
      return hasher.fetch(new Request("http://hasher/cgi-bin/hash.cgi", request));
    }

    const usage = "POST or GET /sessions/<name>, DELETE /sessions/<name>, POST /hash\n";
    return new Response(usage, { status: 404 });
  },
};
