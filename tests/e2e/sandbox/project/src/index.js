import { getSandbox, parseSSEStream, proxyToSandbox, Sandbox } from "@cloudflare/sandbox";

export { Sandbox };

const collected = async (stream) => {
  const events = [];
  for await (const event of parseSSEStream(stream)) events.push(event);
  return events;
};

// What can be asked for as `POST /OPERATION`, with the arguments as JSON.
const operations = {
  exec: (sandbox, { command, ...options }) => sandbox.exec(command, options),
  stream: async (sandbox, { command }) => collected(await sandbox.execStream(command)),
  write: (sandbox, { path, content }) => sandbox.writeFile(path, content),
  read: (sandbox, { path }) => sandbox.readFile(path),
  start: async (sandbox, { command, port }) => {
    const process = await sandbox.startProcess(command);
    if (port !== undefined) await process.waitForPort(port, { mode: "tcp", timeout: 60_000 });
    return { id: process.id };
  },
  processes: async (sandbox) =>
    (await sandbox.listProcesses()).map(({ id, command, status }) => ({ id, command, status })),
  kill: (sandbox, { id }) => sandbox.killProcess(id),
  logs: (sandbox, { id }) => sandbox.getProcessLogs(id),
  expose: (sandbox, { port, hostname }) => sandbox.exposePort(port, { hostname }),
  session: async (sandbox, { id, env, cwd }) => {
    await sandbox.createSession({ id, env, cwd });
    return { id };
  },
  inSession: async (sandbox, { id, command }) => (await sandbox.getSession(id)).exec(command),
  mount: (sandbox, { path }) => sandbox.mountBucket("FILES", path, { localBucket: true }),
  unmount: (sandbox, { path }) => sandbox.unmountBucket(path),
  destroy: (sandbox) => sandbox.destroy(),
};

export default {
  async fetch(request, env) {
    const proxied = await proxyToSandbox(request, env);
    if (proxied) return proxied;
    const { pathname, searchParams } = new URL(request.url);
    const name = pathname.slice(1);
    if (name.startsWith("objects/")) {
      const key = name.slice("objects/".length);
      if (request.method === "PUT") return Response.json(await env.FILES.put(key, await request.text()));
      const object = await env.FILES.get(key);
      return object ? new Response(object.body) : new Response("", { status: 404 });
    }
    const sandbox = getSandbox(env.Sandbox, searchParams.get("sandbox"));
    if (name === "terminal") return sandbox.terminal(request, { cols: 90, rows: 30 });
    try {
      return Response.json((await operations[name](sandbox, await request.json())) ?? null);
    } catch (error) {
      return Response.json({ error: `${error.name}: ${error.message}` }, { status: 500 });
    }
  },
};
