import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  API: DurableObjectNamespace<Api>;
}

export class Api extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return getContainer(env.API).fetch(request);
  },
};
