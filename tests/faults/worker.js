// Writes numbers to each kind of store, and lists what they hold.
import { DurableObject } from "cloudflare:workers";

export class Notes extends DurableObject {
  add(number) { this.ctx.storage.kv.put(`n${number}`, number); }
  all() { return [...this.ctx.storage.kv.list()].map(([, number]) => number); }
}

export class Box extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    if (ctx.container.running) this.watch();
  }
  watch() { this.ctx.container.monitor().catch(() => {}); }
  async fetch(request) {
    const { container } = this.ctx;
    if (!container.running) {
      container.start({ enableInternet: true });
      this.watch();
    }
    const path = new URL(request.url).pathname.replace("/box", "");
    for (let attempt = 0; ; attempt++) {
      try {
        return await container.getTcpPort(8080).fetch(`http://box${path}`);
      } catch (error) {
        if (attempt > 100 || !container.running) throw error;
        await scheduler.wait(100);
      }
    }
  }
}

async function pages(list, field, read) {
  const found = [];
  let cursor;
  do {
    const page = await list({ cursor });
    found.push(...page[field].map(read));
    cursor = page.cursor;
  } while (cursor);
  return found;
}

const TABLE = "CREATE TABLE IF NOT EXISTS notes (number INTEGER)";
const STORES = {
  object: {
    add: (env, number) => env.NOTES.getByName("all").add(number),
    all: (env) => env.NOTES.getByName("all").all(),
  },
  kv: {
    add: (env, number) => env.KV.put(`n${number}`, `${number}`),
    all: (env) => pages((options) => env.KV.list(options), "keys", ({ name }) => Number(name.slice(1))),
  },
  r2: {
    add: (env, number) => env.R2.put(`n${number}`, `${number}`),
    all: (env) => pages((options) => env.R2.list(options), "objects", ({ key }) => Number(key.slice(1))),
  },
  d1: {
    add: async (env, number) => {
      await env.D1.exec(TABLE);
      await env.D1.prepare("INSERT INTO notes VALUES (?)").bind(number).run();
    },
    all: async (env) => {
      await env.D1.exec(TABLE);
      return (await env.D1.prepare("SELECT number FROM notes").all()).results.map(({ number }) => number);
    },
  },
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/version") return new Response(env.VERSION);
    if (pathname === "/secret") return new Response(env.SECRET);
    if (pathname.startsWith("/box/")) return env.BOX.getByName("one").fetch(request);
    if (pathname === "/write") {
      await STORES[searchParams.get("to")].add(env, Number(searchParams.get("number")));
      return new Response("written");
    }
    const found = {};
    for (const [name, store] of Object.entries(STORES)) found[name] = await store.all(env);
    return Response.json(found);
  },
};
