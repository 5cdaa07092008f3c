import { WorkerEntrypoint } from "cloudflare:workers";
import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  HASHER: DurableObjectNamespace<Hasher>;
}

export class Hasher extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
  enableInternet = false;
}

/** What the front Worker can call. The containers stay behind it. */
export default class Backend extends WorkerEntrypoint<Env> {
  async sha256(text: string): Promise<string> {
    const request = new Request("http://hasher/cgi-bin/sha256", { method: "POST", body: text });
    const answer = await getContainer(this.env.HASHER).fetch(request);
    if (!answer.ok) throw new Error(`The hasher answered with ${answer.status}: ${await answer.text()}`);
    return (await answer.text()).trim();
  }

  async fetch(): Promise<Response> {
    return new Response("This Worker is called by others.\n", { status: 404 });
  }
}
