import { Container, getContainer } from "@cloudflare/containers";
export { ContainerProxy } from "@cloudflare/containers"; // runs the handlers below: must be exported

interface Env {
  AGENT: DurableObjectNamespace<Agent>;
  NOTES: KVNamespace;
}

export class Agent extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = "5m";
  enableInternet = false;
  // All that it may talk to. Without a handler below, a host of this list is the one on the internet.
  allowedHosts = ["notes.internal", "api.example.com"];
}

// Who answers instead of the host: this Worker, with all its bindings. To be assigned after the class, since
// the package does not see static fields.
Agent.outboundByHost = {
  "notes.internal": async (request: Request, env: unknown) => {
    const { NOTES } = env as Env;
    const key = new URL(request.url).pathname.slice(1);
    if (request.method === "PUT") {
      await NOTES.put(key, await request.text());
      return new Response("kept");
    }
    return new Response((await NOTES.get(key)) ?? "nothing");
  },
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return getContainer(env.AGENT).fetch(request);
  },
};
