// Each path is one ability of a container that an engine may or may not have.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

export class Outside extends WorkerEntrypoint {
  async fetch(request) {
    return new Response(`handled ${new URL(request.url).hostname}`);
  }
}

const GET = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=3).read().decode())";
const FETCH = ["python3", "-c", GET];
const text = (bytes) => new TextDecoder().decode(bytes).trim();

export class Box extends DurableObject {
  async up(options) {
    const c = this.ctx.container;
    if (!c.running) {
      c.start(options);
      this.ended = c.monitor().then(() => "ended", (error) => String(error.message));
    }
    for (let tries = 0; tries < 300 && c.running; tries++) {
      try {
        return await (await c.getTcpPort(8080).fetch("http://container/")).text();
      } catch {
        await scheduler.wait(100);
      }
    }
    throw new Error(await Promise.race([this.ended, "nothing listens"]));
  }

  async run(words, options) {
    const output = await (await this.ctx.container.exec(words, options)).output();
    return { out: text(output.stdout), code: output.exitCode };
  }

  async did(path, query) {
    const c = this.ctx.container;
    const options = { enableInternet: query.get("internet") === "yes", env: { SECRET: "of-the-start" } };
    switch (path) {
      case "/handled":
        await c.interceptOutboundHttp("handled.test", this.ctx.exports.Outside({}));
        break;
      case "/restored":
        await c.destroy();
        options.containerSnapshot = { id: query.get("id") };
        options.env = {};
        break;
      case "/destroyed":
        return await c.destroy();
    }
    const page = await this.up(options);
    switch (path) {
      case "/exec": {
        const killed = await c.exec(["sleep", "60"]);
        killed.kill(9);
        const input = new Blob(["typed"]).stream();
        const size = await this.run(["stty", "size"], { pty: { cols: 101, rows: 33 } });
        const missing = await this.run(["no-such-program"]).catch((error) => error.message);
        return {
          said: await this.run(["sh", "-c", "echo $SECRET $ONE; exit 7"], { env: { ONE: "eins" } }),
          typed: (await this.run(["cat"], { stdin: input })).out,
          killed: await killed.exitCode,
          size: size.out,
          missing: missing.code ?? missing,
        };
      }
      case "/reach":
        return await this.run([...FETCH, query.get("url")]);
      case "/late":
        await c.interceptOutboundHttp("handled.test", this.ctx.exports.Outside({}));
        return await this.run([...FETCH, "http://handled.test/"]);
      case "/handled":
        return await this.run([...FETCH, "http://handled.test/"]);
      case "/snapshot":
        await this.run(["sh", "-c", "echo kept > /kept"]);
        return await c.snapshotContainer({ name: "first" });
      case "/restored":
        return await this.run(["sh", "-c", "cat /kept; echo secret=$SECRET"]);
    }
    return page;
  }

  async fetch(request) {
    const url = new URL(request.url);
    try {
      return Response.json((await this.did(url.pathname, url.searchParams)) ?? null);
    } catch (error) {
      return Response.json({ failed: error.message });
    }
  }
}

export default {
  async fetch(request, env) {
    return await env.BOX.getByName(new URL(request.url).searchParams.get("name") ?? "a").fetch(request);
  },
};
