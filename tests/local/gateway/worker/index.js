// Two Durable Object classes over one container application each: the bare runtime API, and the npm package.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { Container, ContainerProxy, getContainer, getRandom, switchPort } from "@cloudflare/containers";

const namespaceOf = (env, name) =>
  name.startsWith("raw") ? env.RAW : name.startsWith("guarded") ? env.GUARDED : env.BOX;
const describe = (error) => ({ message: String(error?.message ?? error), exitCode: error?.exitCode ?? null });

// Takes what a container sends out.
export class Outside extends WorkerEntrypoint {
  async fetch(request) {
    return new Response(`${this.ctx.props.id} ${request.method} ${request.url}`);
  }
}

export class Raw extends DurableObject {
  outcome = null;

  watch() {
    this.outcome = null;
    this.ctx.container.monitor().then(
      () => (this.outcome = { resolved: true }),
      (error) => (this.outcome = { rejected: describe(error) }),
    );
  }

  start(options) {
    this.ctx.container.start(options);
    this.watch();
  }

  running() {
    return this.ctx.container.running;
  }

  monitored() {
    return this.outcome;
  }

  signal(number) {
    this.ctx.container.signal(number);
  }

  async destroy(why) {
    await this.ctx.container.destroy(why ? new Error(why) : undefined);
  }

  async http(port, path) {
    try {
      const response = await this.ctx.container.getTcpPort(port).fetch(`http://container${path}`);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { error: describe(error).message, retryable: error.retryable ?? false };
    }
  }

  // Sends `count` bytes, says that this was all, and reads the answer.
  async tcp(port, count) {
    const socket = this.ctx.container.getTcpPort(port).connect(`10.0.0.1:${port}`);
    const writer = socket.writable.getWriter();
    await writer.write(new Uint8Array(count));
    await writer.close();
    return await new Response(socket.readable).text();
  }

  // Requests one after the other, in one event.
  async exchanges(port, steps) {
    const results = [];
    for (const { method, path, headers, body, streams } of steps) {
      try {
        const bytes = body === null ? undefined : Uint8Array.fromBase64(body);
        const response = await this.ctx.container.getTcpPort(port).fetch(`http://container${path}`, {
          method,
          headers,
          body: streams ? new Blob([bytes]).stream() : bytes,
          redirect: "manual",
        });
        const received = new Uint8Array(await response.arrayBuffer());
        results.push([response.status, [...response.headers], received.toBase64()]);
      } catch (error) {
        results.push(`${error.name}: ${error.message}`);
      }
    }
    return results;
  }

  // Sends `data`, then, if `ends`, that this was all; reads `count` bytes, or until the end.
  async raw(port, data, ends, count) {
    const socket = this.ctx.container.getTcpPort(port).connect(`10.0.0.1:${port}`);
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode(data));
    if (ends) await writer.close();
    let got = "";
    for await (const piece of socket.readable.pipeThrough(new TextDecoderStream())) {
      got += piece;
      if (count && got.length >= count) break;
    }
    return got;
  }

  inactivity(milliseconds) {
    return this.ctx.container.setInactivityTimeout(milliseconds);
  }

  // Runs the code of a test. `up` starts the container; `told` gives what a call throws.
  async run(code, args) {
    const c = this.ctx.container;
    const text = (bytes) => new TextDecoder().decode(bytes);
    const get = async (path, port = 8080) => {
      return await (await c.getTcpPort(port).fetch(`http://container${path}`)).text();
    };
    const up = async (options) => {
      this.start(options ?? {});
      return await get("/");
    };
    const told = async (call) => {
      try {
        return { value: await call() };
      } catch (error) {
        return { threw: error.name, message: error.message };
      }
    };
    const sh = async (script, options) => {
      const output = await (await c.exec(["sh", "-c", script], options)).output();
      return text(output.stdout);
    };
    const binding = (entrypoint, props) => this.ctx.exports[entrypoint]({ props });
    const tools = { c, ctx: this.ctx, env: this.env, object: this, text, get, up, told, sh, binding, args };
    const run = this.env.CODE.newAsyncFunction(code, "test", ...Object.keys(tools));
    return await run(...Object.values(tools));
  }

  async exec(command) {
    const process = await this.ctx.container.exec(command);
    const output = await process.output();
    return { exitCode: output.exitCode, stdout: new TextDecoder().decode(output.stdout) };
  }
}

export class Box extends Container {
  defaultPort = 8080;
  sleepAfter = "30s";
  constructor(ctx, env) {
    super(ctx, env);
    const set = ctx.storage.kv.get("options");
    if (set) Object.assign(this, set);
  }
  configure(options) {
    this.ctx.storage.kv.put("options", options);
    Object.assign(this, options);
  }
  events() {
    return this.ctx.storage.kv.get("events") ?? [];
  }
  // The package takes hooks from the class only.
  async onActivityExpired() {
    if (!this.staysUp) return await super.onActivityExpired();
    this.note(["expired"]);
    this.renewActivityTimeout();
  }
  async later(seconds) {
    const task = await this.schedule(seconds, "noted", "payload");
    return task.callback;
  }
  async noted(payload) {
    this.note(["scheduled", payload]);
  }
  async renew() {
    this.renewActivityTimeout();
  }
  async from(path, port) {
    const url = `http://anything${path}`;
    const response = await (port ? this.containerFetch(url, port) : this.containerFetch(new Request(url)));
    return await response.json();
  }
  note(event) {
    this.ctx.storage.kv.put("events", [...this.events(), event]);
  }
  onStart() {
    this.note(["start"]);
  }
  onStop(details) {
    this.note(["stop", details.exitCode, details.reason]);
  }
  onError(error) {
    this.note(["error", String(error?.message ?? error)]);
    throw error;
  }
}

// Handles what its containers send to one name, to any name in a domain, and nothing else.
export class Guarded extends Box {
  interceptHttps = true;
  enableInternet = false;
}
Guarded.outboundByHost = {
  "my.kv": (request, env, context) =>
    new Response(`kv ${new URL(request.url).protocol}${new URL(request.url).pathname} ${context.className}`),
};

export { ContainerProxy };

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, kind, name, operation] = url.pathname.split("/");
    if (kind === "call") {
      const namespace = namespaceOf(env, name);
      const stub = namespace.get(namespace.idFromName(name));
      try {
        return Response.json({ result: (await stub[operation](...(await request.json()))) ?? null });
      } catch (error) {
        return Response.json({ error: describe(error) });
      }
    }
    if (kind === "id") {
      return new Response(namespaceOf(env, name).idFromName(name).toString());
    }
    if (kind === "port") {
      const target = switchPort(new Request(new URL("/switched", url), request), Number(operation));
      return await getContainer(env.BOX, name).fetch(target);
    }
    if (kind === "random") {
      return await (await getRandom(env.BOX, 3)).fetch(new Request(new URL("/env", url)));
    }
    const inner = new URL("/" + url.pathname.split("/").slice(3).join("/") + url.search, url);
    return await getContainer(namespaceOf(env, name), name).fetch(new Request(inner, request));
  },
};
