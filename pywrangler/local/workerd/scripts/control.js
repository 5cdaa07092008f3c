// The platform's control Worker in workerd: served on a private unix socket, next to the user's Worker.
// Bindings: "class:<name>" and "namespace:<id>" are the namespace of each Durable Object class, WORKER is the
// user's Worker. flows.js says which bindings it uses. Its entrypoints are for the links of other Workers'
// processes (see links.js).

import { WorkerEntrypoint } from "cloudflare:workers";
import { flowRoutes, withoutBigIntegers } from "flows.js";
import { forwarding } from "forwarding.js";
import { countCalls, drain } from "presence.js";

export { Presence } from "presence.js";

const namespaceOf = (env, className) => {
  const namespace = env[`class:${className}`];
  if (!namespace) throw new TypeError(`this Worker has no Durable Object class ${className}`);
  return namespace;
};

// RPC reaches neither a class that does not extend DurableObject nor one without the method. workerd reports
// both only in the text of an error (build of 2026-11-17).
const lacksMethod = (error) =>
  error instanceof TypeError &&
  /does not support RPC|does not implement the method/.test(error.message);

const lacksFetch = (error) => /does not export a fetch\(\) function/.test(error?.message);

const unlessLacking = async (call) => {
  try {
    return await call();
  } catch (error) {
    if (!lacksMethod(error)) throw error;
  }
};

// @cloudflare/containers 0.3 waits 20 s for this port if a class names none. Then it calls the class's
// onError.
const PORTLESS_PORT = 33;
const START_ONLY = { portToCheck: PORTLESS_PORT, waitInterval: 300 };

const bringUp = async (stub, mayFetch) => {
  const ports = await unlessLacking(() => stub.getPortsToCheck());
  if (ports?.length === 1 && ports[0] === PORTLESS_PORT) {
    const tries = await unlessLacking(() => stub.startContainerIfNotRunning(START_ONLY));
    if (tries !== undefined) return { method: "startContainerIfNotRunning" };
  }
  const isReady = await unlessLacking(async () => {
    await stub.startAndWaitForPorts();
    return true;
  });
  if (isReady) return { method: "startAndWaitForPorts" };
  if (!mayFetch) return { method: null };
  try {
    const response = await stub.fetch("http://container/");
    await response.body?.cancel();
    return { method: "fetch" };
  } catch (error) {
    return lacksFetch(error) ? { method: null } : { method: "fetch", error: String(error?.message ?? error) };
  }
};

const routes = {
  ...flowRoutes,
  "POST /durable-object-id": async ({ class_name, name }, env) => ({
    id: namespaceOf(env, class_name).idFromName(name).toString(),
  }),
  "POST /bring-up": async ({ class_name, id, may_fetch }, env) => {
    const namespace = namespaceOf(env, class_name);
    return bringUp(namespace.get(namespace.idFromString(id)), may_fetch);
  },
  "POST /calls": countCalls,
  "POST /drain": ({ timeout_ms }) => drain(timeout_ms),
  "POST /scheduled": ({ cron, scheduled_time_ms }, env) =>
    env.WORKER.scheduled({ cron, scheduledTime: new Date(scheduled_time_ms) }),
};

// Until its own process is replaced, a caller may know the class by its former name.
const objectOf = (env, { class_name, namespace_id, id, name }) => {
  const namespace = env[`namespace:${namespace_id}`] ?? namespaceOf(env, class_name);
  return namespace.get(name === undefined ? namespace.idFromString(id) : namespace.idFromName(name));
};

// One Durable Object, by name if it has one: an id does not contain the name. Props: class_name,
// namespace_id, id, name?.
export class ObjectOf extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    return forwarding(this, (use) => use(objectOf(env, ctx.props)));
  }

  fetch(request) {
    return objectOf(this.env, this.ctx.props).fetch(request);
  }
}

// The Worker as a consumer of queues. The process that holds queues calls it with each batch. The answer says
// what happened to each message.
export class QueueHandler extends WorkerEntrypoint {
  deliver(queue, messages, metadata) {
    return this.env.WORKER.queue(queue, messages, metadata);
  }
}

// Starts an instance of a Workflow at each time of its schedules. Props: workflow.
export class WorkflowSchedule extends WorkerEntrypoint {
  scheduled() {
    return flowRoutes["POST /workflow/create"]({ workflow: this.ctx.props.workflow }, this.env);
  }
}

// workerd (2026-11) writes what fetch() throws to its log, and not what scheduled() and queue() throw.
const handlerOf = (event) => {
  if (event?.cron !== undefined) return `scheduled(), cron "${event.cron}"`;
  if (event?.queue !== undefined) return `queue(), queue "${event.queue}"`;
};

export default {
  // Also where a Worker is followed (see events.py), for which PLATFORM, WORKER_NAME and VERSION are bound.
  async tail(events, env) {
    for (const { event, exceptions } of events)
      for (const { name, message, stack } of handlerOf(event) ? exceptions : [])
        console.error(`Uncaught ${name}: ${message} (in ${handlerOf(event)})${stack ? `\n${stack}` : ""}`);
    if (!env.PLATFORM) return;
    const path = `/workers/${encodeURIComponent(env.WORKER_NAME)}/versions/${env.VERSION}/events`;
    const request = { method: "POST", body: JSON.stringify(events) };
    // Fails when no one follows the Worker at present.
    await env.PLATFORM.fetch(`http://platform${path}`, request).catch(() => {});
  },

  async fetch(request, env) {
    const route = routes[`${request.method} ${new URL(request.url).pathname}`];
    if (!route) return Response.json({ error: "no such call" }, { status: 404 });
    try {
      const result = await route(await request.json(), env);
      return new Response(JSON.stringify({ result }, withoutBigIntegers));
    } catch (error) {
      return Response.json({ error: String(error?.message ?? error) }, { status: 502 });
    }
  },
};
