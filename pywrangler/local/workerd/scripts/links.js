// Implements bindings to things outside this process: other Workers, their Durable Objects and secrets. Lives
// next to the user's Worker, which has no access to the bindings of this one: PROCESSES opens connections to
// other workerd processes (their debug ports, on private unix sockets), PLATFORM is the platform's own
// private socket.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { forwarding } from "forwarding.js";

const PATIENCE_MS = 15_000;
const RETRY_MS = 50;

class NotRunning extends Error {}

const mustRun = async (env, worker) => {
  const path = `/workers/${encodeURIComponent(worker)}`;
  const { state, error } = await (await env.PLATFORM.fetch(`http://platform${path}`)).json();
  if (state === null) throw new NotRunning(`Worker "${worker}" is not deployed`);
  if (state === "failed") throw new NotRunning(`Worker "${worker}" does not run: ${error}`);
};

// Call `use(connection, front)` with a connection to the process behind `socket` that takes calls; `known` is
// one that did before. A process that is being replaced takes no calls. Nothing of this call has been sent
// then, so it is safe to ask again.
const visit = async ({ ctx, env }, { socket, worker }, use, known) => {
  const deadline = Date.now() + PATIENCE_MS;
  let connection = known;
  for (;;) {
    connection ??= env.PROCESSES.connect(`unix:${socket}`);
    const presence = connection.getEntrypoint("control", "Presence");
    let front;
    try {
      front = await presence.enter();
    } catch (error) {
      connection = undefined;
      if (worker !== undefined) await mustRun(env, worker);
      if (Date.now() > deadline) throw error;
      await scheduler.wait(RETRY_MS);
      continue;
    }
    try {
      return await use(connection, front);
    } finally {
      // The answer does not wait for this. It does not matter if the other process no longer exists.
      ctx.waitUntil(presence.leave().catch(() => {}));
    }
  }
};

// By fetch, a Worker that does not run is an answer and not an exception.
const unavailable = (error) => {
  if (!(error instanceof NotRunning)) throw error;
  return new Response(`${error.message}\n`, { status: 503 });
};

const visitService = (event, use) => {
  const { entrypoint, props } = event.ctx.props;
  return visit(event, event.ctx.props, (connection) =>
    use(connection.getEntrypoint("worker", entrypoint, props)),
  );
};

// A request to a Worker as a whole goes to the service in front of it; one to a named entrypoint never does.
const requestService = (event, request) => {
  const { entrypoint, props } = event.ctx.props;
  return visit(event, event.ctx.props, (connection, front) => {
    const isFronted = front !== undefined && entrypoint === undefined;
    const target = isFronted
      ? connection.getEntrypoint(front)
      : connection.getEntrypoint("worker", entrypoint, props);
    return target.fetch(request);
  });
};

// Another Worker. Props: worker, socket, entrypoint?, props?.
export class Service extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    return forwarding(this, (use) => visitService({ ctx, env }, use));
  }

  fetch(request) {
    return requestService(this, request).catch(unavailable);
  }
}

// Kept per object: each connection that is made costs a file until it is collected as garbage.
const connections = new WeakMap();

const visitObject = (event, use) => {
  const { ctx, env } = event;
  const { id } = ctx;
  const { class_name, namespace_id } = env.TARGET;
  const props = { class_name, namespace_id, id: id.toString(), name: id.name };
  const useConnection = (connection) => {
    connections.set(ctx, connection);
    return use(connection.getEntrypoint("control", "ObjectOf", props));
  };
  return visit(event, env.TARGET, useConnection, connections.get(ctx));
};

// A Durable Object of another Worker; the binding TARGET says: worker, socket, class_name, namespace_id. Has
// no state of its own.
export class RemoteObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    return forwarding(this, (use) => visitObject({ ctx, env }, use));
  }

  fetch(request) {
    return visitObject(this, (target) => target.fetch(request)).catch(unavailable);
  }
}

// A D1 database, for bindings with the flag `d1_binding_jsrpc`, which call `query`. Props: socket, database.
export class Database extends WorkerEntrypoint {
  query(options) {
    const { database } = this.ctx.props;
    return visit(this, this.ctx.props, (connection) =>
      connection.getEntrypoint("d1", undefined, { database }).query(options),
    );
  }
}

const CONSUMER_RETRY_MS = 500;
// Less than the lease of a batch and than an alarm may take (workerd 2026-11, queues.js).
const CONSUMER_PATIENCE_MS = 14 * 60_000;

// Batches reach a consumer in the order in which they were due, but the next one does not wait for the end of
// the previous one: for each queue, the delivery of its latest batch, as a promise.
const latest = new Map();
const ORDER_MS = 1000;

const inOrder = async (queue, give) => {
  const before = latest.get(queue);
  let isGiven;
  latest.set(queue, new Promise((resolve) => (isGiven = resolve)));
  await Promise.race([before, scheduler.wait(before === undefined ? 0 : ORDER_MS)]);
  try {
    return await give(isGiven);
  } finally {
    isGiven();
  }
};

// The Worker that consumes a queue, as the process that holds queues sees it. While it is replaced or does
// not run, its messages wait here. A message that was delivered once is never delivered again from here.
// Props: worker, socket, queue.
export class QueueConsumer extends WorkerEntrypoint {
  queue(_, messages, metadata) {
    const { queue } = this.ctx.props;
    return inOrder(queue, (isGiven) => this.#give(queue, messages, metadata, isGiven));
  }

  async #give(queue, messages, metadata, given) {
    const deadline = Date.now() + CONSUMER_PATIENCE_MS;
    let isGiven = false;
    for (;;) {
      try {
        return await visit(this, this.ctx.props, (connection) => {
          const consumer = connection.getEntrypoint("control", "QueueHandler");
          const answer = consumer.deliver(queue, messages, metadata);
          isGiven = true;
          given();
          return answer;
        });
      } catch (error) {
        if (isGiven || Date.now() > deadline) throw error;
        await scheduler.wait(CONSUMER_RETRY_MS);
      }
    }
  }
}

const DISPATCH_HEADER = "X-Pywrangler-Dispatch";

// Workers of a dispatch namespace: which one, each call says. Props: namespace, binding. A namespace that
// does not exist is refused as under Wrangler's dev (4.164), a Worker that does not as at Cloudflare.
export class Dispatcher extends WorkerEntrypoint {
  async #event(name) {
    const { namespace, binding } = this.ctx.props;
    const path = [namespace, name].map(encodeURIComponent).join("/");
    const props = await (await this.env.PLATFORM.fetch(`http://platform/dispatched/${path}`)).json();
    if (!props.exists) throw new Error(`Binding ${binding} needs to be run remotely`);
    if (!props.socket) throw new Error("Worker not found.");
    return { ctx: { props, waitUntil: (promise) => this.ctx.waitUntil(promise) }, env: this.env };
  }

  async fetch(request) {
    const event = await this.#event(decodeURIComponent(request.headers.get(DISPATCH_HEADER)));
    const own = new Request(request);
    own.headers.delete(DISPATCH_HEADER);
    return requestService(event, own).catch(unavailable);
  }

  async call(name, method, values) {
    const event = await this.#event(name);
    return visitService(event, (target) => target[method](...values));
  }
}

const DATE = "pywrangler:date";
// What tail workers get has its fields on prototypes, and no other process would see them. Dates stay dates.
const plain = (events) => {
  const text = JSON.stringify(events, function (key, value) {
    return this[key] instanceof Date ? { [DATE]: this[key].getTime() } : value;
  });
  return JSON.parse(text, (_, value) => (value?.[DATE] === undefined ? value : new Date(value[DATE])));
};

const complaints = new Set();
const complainOnce = (text) => {
  if (!complaints.has(text)) console.warn(text);
  complaints.add(text);
};

const reasonOf = ({ message }) =>
  /does not implement the method "tail"/.test(message) ? "it has no tail()" : message;

// A Worker whose tail() gets what this one has handled. Props: worker, socket, script, version. A handler of
// another process can be called by RPC (workerd 2026-11), and the runtime counts that as a separate call,
// which is omitted.
export class TailConsumer extends WorkerEntrypoint {
  async tail(events) {
    const { worker, script, version } = this.ctx.props;
    const told = plain(events.filter(({ event }) => event?.rpcMethod !== "tail")).map((event) => ({
      ...event,
      scriptName: script,
      scriptVersion: { id: version },
    }));
    if (told.length === 0) return;
    try {
      await visit(this, this.ctx.props, (connection) => connection.getEntrypoint("worker").tail(told));
    } catch (error) {
      const reason = reasonOf(error);
      complainOnce(`The Worker "${worker}" of "tail_consumers" did not take what happened: ${reason}`);
    }
  }
}

// A Workflow of another Worker. Props: worker, socket, workflow.
export class Workflow extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    const { workflow } = ctx.props;
    return forwarding(this, (use) =>
      visit({ ctx, env }, ctx.props, (connection) =>
        use(connection.getEntrypoint("workflows", "WorkflowBinding", { workflow })),
      ),
    );
  }
}

// A secret of the Secrets Store, asked for each time: a change takes effect at once. Props: store_id, name.
export class StoredSecret extends WorkerEntrypoint {
  async get() {
    const { store_id, name } = this.ctx.props;
    const path = [store_id, name].map(encodeURIComponent).join("/");
    const response = await this.env.PLATFORM.fetch(`http://platform/secrets/${path}`);
    if (response.status === 404) throw new Error(`Secret "${name}" not found`);
    if (!response.ok) throw new Error(`Secret "${name}" cannot be read: ${await response.text()}`);
    return response.text();
  }
}

export default {};
