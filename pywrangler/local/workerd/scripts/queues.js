// The platform's control Worker in the workerd that holds queues. QUEUES describes each queue by its name:
// `id`, under which the messages are kept, and `delay`. SHARD is the namespace of the objects that keep them.
// PROCESSES gives the process itself, since only its debug port lets a queue be chosen with each request.

import { WorkerEntrypoint } from "cloudflare:workers";
import { countCalls, drain } from "presence.js";

export { Presence } from "presence.js";

const LARGEST_DELAY_SECONDS = 86_400;
const LARGEST_MESSAGE_BYTES = 128_000;
const LARGEST_BATCH_MESSAGES = 100;
const LARGEST_BATCH_BYTES = 256_000;
const TYPES = ["text", "json", "bytes", "v8"];

class Refusal extends Error {
  constructor(message, status = 400) {
    super(message);
    this.status = status;
  }
}

const checkDelay = (delay) => {
  if (delay === undefined) return;
  if (!Number.isInteger(delay) || delay < 0 || delay > LARGEST_DELAY_SECONDS) {
    const range = `a whole number from 0 to ${LARGEST_DELAY_SECONDS}`;
    throw new Refusal(`A delay of ${delay} s is not possible: it is ${range}`);
  }
};

const checkSize = (bytes) => {
  if (bytes > LARGEST_MESSAGE_BYTES)
    throw new Refusal(`A message of ${bytes} bytes is too large: it may have ${LARGEST_MESSAGE_BYTES}`, 413);
};

const checkType = (type = "v8") => {
  if (!TYPES.includes(type)) {
    throw new Refusal(`"${type}" is not a content type of messages: ${TYPES.join(", ")}`);
  }
};

const bytesOf = (base64) => (base64.length / 4) * 3 - (base64.match(/=*$/)[0].length);

const checkBatch = ({ messages }) => {
  if (messages.length > LARGEST_BATCH_MESSAGES) {
    const [count, most] = [messages.length, LARGEST_BATCH_MESSAGES];
    throw new Refusal(`${count} messages are too many for a batch: it may have ${most}`, 413);
  }
  let total = 0;
  for (const { body, contentType, delaySecs } of messages) {
    checkType(contentType);
    checkDelay(delaySecs);
    checkSize(bytesOf(body));
    total += bytesOf(body);
  }
  if (total > LARGEST_BATCH_BYTES)
    throw new Refusal(`A batch of ${total} bytes is too large: it may have ${LARGEST_BATCH_BYTES}`, 413);
};

// A request of the queue binding, once it is known that the queue accepts it.
const pass = async (env, { queue: name, delay }, request) => {
  const queue = env.QUEUES[name];
  if (queue === undefined) throw new Refusal(`The queue "${name}" does not exist`, 404);
  const { pathname } = new URL(request.url);
  const headers = new Headers(request.headers);
  const asked = headers.get("X-Msg-Delay-Secs");
  const seconds = asked === null ? (delay ?? queue.delay) : Number(asked);
  checkDelay(seconds);
  if (seconds !== undefined) headers.set("X-Msg-Delay-Secs", String(seconds));
  const body = request.method === "POST" ? await request.arrayBuffer() : undefined;
  if (pathname === "/message") {
    checkType(headers.get("X-Msg-Fmt") ?? undefined);
    checkSize(body.byteLength);
  } else if (pathname === "/batch") checkBatch(JSON.parse(new TextDecoder().decode(body)));
  const entrypoint = env.PROCESSES.current().getEntrypoint("queues", undefined, { queue: queue.id });
  return entrypoint.fetch(`http://queue${pathname}`, { method: request.method, headers, body });
};

const send = async (env, props, request) => {
  try {
    return await pass(env, props, request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The binding makes its exception from this (workerd 2026-11).
    const headers = { "CF-Queues-Error-Cause": error.message, "CF-Queues-Error-Code": String(error.status) };
    return new Response(error.message, { status: error.status, headers });
  }
};

// What a link to a queue calls. Props: queue, its name; delay?, of the binding.
export class Producer extends WorkerEntrypoint {
  fetch(request) {
    return send(this.env, this.ctx.props, request);
  }
}

// An object looks after its messages when it is called. After a start nothing calls an object that is on the
// disk.
const wake = async ({ shards }, env) => {
  for (const { id, queue } of shards) await env.SHARD.get(env.SHARD.idFromString(id)).call(queue, "/metrics");
  return {};
};

const routes = {
  "POST /calls": countCalls,
  "POST /drain": ({ timeout_ms }) => drain(timeout_ms),
  "POST /wake": wake,
};

export default {
  // `/send/<queue>/message`, and so on, is a request of the queue binding.
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const [, call, queue, operation] = pathname.split("/");
    if (call === "send") {
      const props = { queue: decodeURIComponent(queue) };
      return send(env, props, new Request(`http://queue/${operation}`, request));
    }
    const route = routes[`${request.method} ${pathname}`];
    if (!route) return Response.json({ error: "no such call" }, { status: 404 });
    try {
      return Response.json({ result: await route(await request.json(), env) });
    } catch (error) {
      return Response.json({ error: String(error?.message ?? error) }, { status: 502 });
    }
  },
};
