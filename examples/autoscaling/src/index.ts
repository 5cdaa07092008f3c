import { Container, getContainer } from "@cloudflare/containers";
import { DurableObject } from "cloudflare:workers";
import { averaged, choose, type Instance, letSleep, type Limits, toStart } from "./balance";

interface Env {
  APP: DurableObjectNamespace<App>;
  BALANCER: DurableObjectNamespace<Balancer>;
  MOST_INSTANCES: number;
  REQUESTS_EACH: number;
}

const SLEEP_AFTER_SECONDS = 30;
/** How long an instance that could not be started is left alone. */
const REST_MS = 10_000;

export class App extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = `${SLEEP_AFTER_SECONDS}s`;
  enableInternet = false;
}

/** Knows how busy each instance is, because every request passes through it. */
export class Balancer extends DurableObject<Env> {
  #limits: Limits = {
    mostInstances: this.env.MOST_INSTANCES,
    requestsEach: this.env.REQUESTS_EACH,
    // A little earlier than the class: a request must not meet an instance that is about to end.
    sleepAfterMs: (SLEEP_AFTER_SECONDS - 2) * 1000,
  };
  #instances: Instance[] = Array.from({ length: this.env.MOST_INSTANCES }, (_, number) => ({
    name: `app-${number}`,
    state: "asleep",
    inFlight: 0,
    latencyMs: Infinity,
    usedAt: 0,
    restsUntil: 0,
  }));

  async fetch(request: Request): Promise<Response> {
    const instance = await this.#take();
    if (!instance) {
      const headers = { "Retry-After": "10" };
      return new Response("No instance could be started.\n", { status: 503, headers });
    }
    const began = Date.now();
    const done = () => {
      instance.inFlight--;
      instance.usedAt = Date.now();
    };
    try {
      const answer = await getContainer(this.env.APP, instance.name).fetch(request);
      // Time passes in a Durable Object when it waits, so this is what the way to the instance and its work
      // take.
      instance.latencyMs = averaged(instance.latencyMs, Date.now() - began);
      const headers = new Headers(answer.headers);
      headers.set("X-Instance", instance.name);
      if (!answer.body || answer.webSocket) {
        done();
        const { status, webSocket } = answer;
        return new Response(answer.body, { ...answer, status, headers, webSocket });
      }
      // The instance is busy until its whole answer has passed.
      const { readable, writable } = new TransformStream();
      this.ctx.waitUntil(answer.body.pipeTo(writable).catch(() => {}).finally(done));
      return new Response(readable, { status: answer.status, statusText: answer.statusText, headers });
    } catch (error) {
      done();
      throw error;
    }
  }

  /** What it knows, for people. */
  async describe(): Promise<string> {
    letSleep(this.#instances, this.#limits, Date.now());
    const lines = this.#instances.map((each) => {
      const latency = Number.isFinite(each.latencyMs) ? `, ${Math.round(each.latencyMs)} ms` : "";
      return `${each.name}: ${each.state}, ${each.inFlight} in flight${latency}`;
    });
    return `${lines.join("\n")}\n`;
  }

  /** The instance for a request, which counts as in flight there. Starts others where that is due. */
  async #take(): Promise<Instance | undefined> {
    letSleep(this.#instances, this.#limits, Date.now());
    let chosen = choose(this.#instances, this.#limits);
    if (!chosen) {
      [chosen] = toStart(this.#instances, this.#limits, Date.now());
      if (!chosen) return undefined;
      this.#start(chosen);
    }
    chosen.inFlight++;
    chosen.usedAt = Date.now();
    for (const each of toStart(this.#instances, this.#limits, Date.now())) this.#start(each);
    return chosen;
  }

  #start(instance: Instance): void {
    instance.state = "starting";
    const started = getContainer(this.env.APP, instance.name)
      .startAndWaitForPorts()
      .then(() => {
        instance.state = "ready";
        instance.usedAt = Date.now();
      })
      .catch((error: unknown) => {
        console.warn(`${instance.name} was not started:`, error);
        instance.state = "asleep";
        instance.restsUntil = Date.now() + REST_MS;
      });
    this.ctx.waitUntil(started);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    // One balancer for each continent would do where instances are far apart: name it after
    // request.cf.continent.
    const balancer = env.BALANCER.getByName("all");
    if (url.pathname === "/instances") return new Response(await balancer.describe());
    if (url.pathname !== "/work") return new Response("GET /work?SECONDS, GET /instances\n", { status: 404 });
    return balancer.fetch(new Request(new URL(`/cgi-bin/work${url.search}`, url), request));
  },
};
