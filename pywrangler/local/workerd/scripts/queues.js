// The platform's control Worker in the workerd that holds queues. SHARD is the namespace of the objects that
// keep messages.

import { pull, settle } from "pulling.js";
import { requestFor } from "targets.js";

export { Presence } from "presence.js";

// An object looks after its messages when it is called. After a start nothing calls an object that is on the
// disk.
const wake = async ({ shards }, env) => {
  for (const { id, queue } of shards) await env.SHARD.get(env.SHARD.idFromString(id)).call(queue, "/metrics");
  return {};
};

const routes = { "POST /wake": wake, "POST /pull": pull, "POST /settle": settle };

export default {
  // `/send/<queue>/message`, and so on, is a request of the queue binding.
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, call, queue, operation] = pathname.split("/");
    if (call === "send") return env.CALLS.fetch(requestFor(queue, `http://queue/${operation}`, request));
    const route = routes[`${request.method} ${pathname}`];
    if (!route) return Response.json({ error: "no such call" }, { status: 404 });
    try {
      return Response.json({ result: await route(await request.json(), env) });
    } catch (error) {
      return Response.json({ error: String(error?.message ?? error) }, { status: 502 });
    }
  },
};
