import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  APP: DurableObjectNamespace<AppContainer>;
}

export class AppContainer extends Container {
  defaultPort = 8080; // the port that container/server.py listens on
  sleepAfter = "10m"; // the instance stops after so long without a request
  envVars = { GREETING: "Hello" };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // One instance for all requests. getContainer(env.APP, name) gives each name a separate instance.
    return getContainer(env.APP).fetch(request);
  },
};
