import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  SITE: DurableObjectNamespace<Site>;
  STAGE: "development" | "staging" | "production";
}

export class Site extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = this.env.STAGE === "production" ? "1h" : "2m";
  envVars = { STAGE: this.env.STAGE };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return getContainer(env.SITE).fetch(request);
  },
};
