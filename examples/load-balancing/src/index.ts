import { Container, getContainer, getRandom } from "@cloudflare/containers";

interface Env {
  FACTORIZER: DurableObjectNamespace<Factorizer>;
  POOL_SIZE: number;
}

/** Keeps nothing between two requests, so any instance can answer any of them. */
export class Factorizer extends Container {
  defaultPort = 8080;
  sleepAfter = "2m";
  enableInternet = false;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = searchParams.get("number") ?? "360";

    // /factors is answered by one of the pool, /factors/<name> by an instance of that name's own.
    const [, path, name] = pathname.match(/^\/(factors)(?:\/([\w-]{1,64}))?$/) ?? [];
    if (!path) {
      return new Response("GET /factors?number=360, GET /factors/<name>?number=360\n", { status: 404 });
    }
    const instance = name
      ? getContainer(env.FACTORIZER, name)
      : await getRandom(env.FACTORIZER, env.POOL_SIZE);

    const answer = await instance.fetch(`http://factorizer/cgi-bin/factors?${encodeURIComponent(number)}`);
    if (answer.status !== 503) return answer;

    // max_instances are running. Say when it makes sense to come back, rather than that something is broken.
    return new Response("All instances are busy.\n", { status: 503, headers: { "Retry-After": "10" } });
  },
};
