import { Container } from "@cloudflare/containers";
import { DurableObject } from "cloudflare:workers";

export class Bench extends Container {
  defaultPort = 8080;
  sleepAfter = "10m";
}

export class Plain extends DurableObject {
  async fetch(): Promise<Response> {
    return new Response("ok");
  }
}

interface Env {
  BENCH: DurableObjectNamespace<Bench>;
  PLAIN: DurableObjectNamespace<Plain>;
}

/**
 * `/worker` and `/object` respond without a container; `/c/<name>/<path>` comes from the container of that
 * name, which `/destroy/<name>` ends.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/worker") return new Response("ok");
    if (url.pathname === "/object") return env.PLAIN.getByName("one").fetch(request);
    const [, verb, name, ...rest] = url.pathname.split("/");
    const container = env.BENCH.getByName(name);
    if (verb === "destroy") {
      await container.destroy();
      return new Response("destroyed");
    }
    return container.fetch(new Request(new URL("/" + rest.join("/"), url), request));
  },
};
