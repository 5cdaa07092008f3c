import { Container, getContainer, switchPort } from "@cloudflare/containers";

interface Env {
  API: DurableObjectNamespace<Api>;
}

const METRICS_PORT = 9090;

export class Api extends Container {
  defaultPort = 8080; // where fetch() goes
  requiredPorts = [8080, METRICS_PORT]; // it is up when both listen
  sleepAfter = "10m";
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const api = getContainer(env.API);
    if (new URL(request.url).pathname !== "/metrics") return api.fetch(request);

    // A request to the other port does not wait for the first one. Do not let it start a container either.
    const { status } = await api.getState();
    if (status !== "running" && status !== "healthy") {
      return new Response("The API sleeps.\n", { status: 503 });
    }
    return api.fetch(switchPort(request, METRICS_PORT));
  },
};
