import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  HELLO: DurableObjectNamespace<HelloContainer>;
}

export class HelloContainer extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
  envVars = { MESSAGE: "Hello from a container!" };

  onStart() {
    console.log("The container has started.");
  }

  onStop({ exitCode, reason }: { exitCode: number; reason: string }) {
    console.log(`The container has stopped: ${reason}, exit code ${exitCode}.`);
  }

  onError(error: unknown) {
    console.error("The container has failed:", error);
    throw error;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return getContainer(env.HELLO).fetch(request);
  },
};
