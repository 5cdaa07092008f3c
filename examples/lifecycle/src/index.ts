import { Container, type StopParams } from "@cloudflare/containers";

interface Env {
  APP: DurableObjectNamespace<App>;
}

/**
 * Keeps a diary of its container in the Durable Object's storage, which the container's end does not touch.
 */
export class App extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = "10s"; // so that there is something to see; choose minutes

  override async onStart(): Promise<void> {
    this.note("started");
    // Calls checkUp() then, also if this object sleeps.
    await this.schedule(3, "checkUp", "three seconds old");
  }

  override onStop({ exitCode, reason }: StopParams): void {
    this.note(`stopped: ${reason}, exit code ${exitCode}`);
  }

  override onError(error: unknown): never {
    this.note(`failed: ${error}`);
    throw error; // to whoever has sent the request
  }

  override async onActivityExpired(): Promise<void> {
    this.note("no request for 10 seconds");
    await this.stop(); // SIGTERM. Without this line the container goes on.
  }

  checkUp(age: string): void {
    this.note(`${age}, ${this.ctx.container?.running ? "running" : "not running"}`);
  }

  diary(): string[] {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS diary (entry TEXT)");
    const rows = this.ctx.storage.sql.exec<{ entry: string }>("SELECT entry FROM diary");
    return rows.toArray().map((row) => row.entry);
  }

  private note(entry: string): void {
    console.log(entry);
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS diary (entry TEXT)");
    this.ctx.storage.sql.exec("INSERT INTO diary VALUES (?)", entry);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const app = env.APP.getByName("the one");
    // Methods of the object are called without waking its container; fetch() starts it.
    switch (new URL(request.url).pathname) {
      case "/diary":
        return new Response((await app.diary()).map((entry) => `${entry}\n`).join(""));
      case "/state":
        return Response.json(await app.getState());
      default:
        return app.fetch(request);
    }
  },
};
