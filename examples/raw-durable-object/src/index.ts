import { DurableObject } from "cloudflare:workers";

interface Env {
  MACHINE: DurableObjectNamespace<Machine>;
}

/**
 * Starts and watches its container itself, which otherwise the class Container of `@cloudflare/containers`
 * does.
 */
export class Machine extends DurableObject<Env> {
  // Not undefined, because wrangler.jsonc names this class in `containers`.
  private readonly container = this.ctx.container!;
  private up?: Promise<void>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // A container can outlive the object that has started it. The next one has to watch it as well.
    if (this.container.running) this.watch();
  }

  /** HTTP to the container's port 8080. */
  async fetch(request: Request): Promise<Response> {
    await this.ready();
    const url = request.url.replace("https:", "http:"); // TLS has ended at the Worker
    return this.container.getTcpPort(8080).fetch(url, request);
  }

  /** Bytes to the container's port 7000 and back, until both sides have closed. */
  async shout(text: string): Promise<string> {
    await this.ready();
    const socket = this.container.getTcpPort(7000).connect("machine:7000");
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    return new Response(socket.readable).text();
  }

  /** SIGTERM: the program may finish what it does. */
  stop(): void {
    if (this.container.running) this.container.signal(15);
  }

  /** The end at once; the reason is what monitor() rejects with. */
  async destroy(reason: string): Promise<void> {
    await this.container.destroy(new Error(reason));
  }

  async state(): Promise<{ running: boolean; lastEnd: string | null }> {
    const lastEnd = await this.ctx.storage.get<string>("lastEnd");
    return { running: this.container.running, lastEnd: lastEnd ?? null };
  }

  /** Returns when the program listens. Whoever comes first starts it. */
  private ready(): Promise<void> {
    return (this.up ??= this.start().catch((error) => {
      this.up = undefined;
      throw error;
    }));
  }

  private async start(): Promise<void> {
    if (!this.container.running) {
      this.container.start({ env: { GREETING: "Hello" }, enableInternet: false });
      this.watch();
    }
    for (let attempt = 1; ; attempt++) {
      try {
        await this.container.getTcpPort(8080).fetch("http://machine/");
        return;
      } catch (error) {
        // Nothing listens yet. Half a minute is more than this program needs.
        if (!this.container.running || attempt === 100) throw error;
        await scheduler.wait(300);
      }
    }
  }

  private watch(): void {
    const ended = this.container.monitor().then(
      () => "exit code 0",
      (error: unknown) => String(error),
    );
    this.ctx.waitUntil(
      ended.then(async (lastEnd) => {
        this.up = undefined;
        await this.ctx.storage.put("lastEnd", lastEnd);
      }),
    );
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const machine = env.MACHINE.getByName("the one");
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case "GET /":
        return machine.fetch(request);
      case "POST /shout":
        return new Response(await machine.shout(await request.text()));
      case "POST /stop":
        await machine.stop();
        return new Response("SIGTERM is sent\n");
      case "POST /destroy":
        await machine.destroy("stopped by a request");
        return new Response("it is gone\n");
      case "GET /state":
        return Response.json(await machine.state());
      default:
        return new Response("GET /, GET /state, POST /shout, POST /stop, POST /destroy\n", { status: 404 });
    }
  },
};
