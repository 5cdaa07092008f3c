// Serves queues: workerd's own objects, SHARD, behind the checks that Cloudflare makes. CONSUMERS are the
// settings of workerd's module by the queue's id. QUEUES describes each queue by its name: `id`, under which
// the messages are kept, and `delay`. A request names the queue in a header.

import { failure, targetOf } from "targets.js";

export { QueueShard } from "queue_shard.js";

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

// A function or a symbol: the binding sends its text.
const UNDEFINED = "undefined";
const checkJson = (type, bytes) => {
  if (type !== "json" || bytes.byteLength !== UNDEFINED.length) return;
  if (new TextDecoder().decode(bytes) === UNDEFINED) throw new Refusal("The message has no form in JSON");
};

// The shards of a queue in the order in which workerd's own Worker sends to them (2026-11), if its runtime is
// no cluster. If a later workerd has another order, messages are delivered all the same.
const SHARDS = 1024;
const ATTEMPTS = 4;
const shardName = (id, most, miss) => {
  let hash = 0x811c9dc5;
  for (const character of `local/${id}/${miss}`)
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return `${id}#${(hash >>> 0) % Math.min(most || SHARDS, SHARDS)}`;
};

// How many shards of a queue were full, by the queue's id.
const misses = new Map();

// What a shard answers: the first one that is not full.
const callShard = async (env, id, ...values) => {
  for (let attempt = 1; ; attempt += 1) {
    const miss = misses.get(id) ?? 0;
    const name = shardName(id, env.CONSUMERS[id]?.maxConcurrency, miss);
    const answer = await env.SHARD.getByName(name).call(id, ...values);
    if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
    misses.set(id, miss + 1);
  }
};

// Messages of a batch with their bodies as bytes.
const checkedBatch = ({ messages }) => {
  if (messages.length > LARGEST_BATCH_MESSAGES) {
    const [count, most] = [messages.length, LARGEST_BATCH_MESSAGES];
    throw new Refusal(`${count} messages are too many for a batch: it may have ${most}`, 413);
  }
  let total = 0;
  const checked = messages.map((message) => {
    const { body, contentType, delaySecs } = message;
    checkType(contentType);
    checkDelay(delaySecs);
    const bytes = Uint8Array.fromBase64(body);
    checkJson(contentType, bytes);
    checkSize(bytes.byteLength);
    total += bytes.byteLength;
    return { ...message, body: bytes };
  });
  if (total > LARGEST_BATCH_BYTES)
    throw new Refusal(`A batch of ${total} bytes is too large: it may have ${LARGEST_BATCH_BYTES}`, 413);
  return checked;
};

// How workerd's object is called: with a batch as it comes from another queue, whose bodies are bytes.
const callFor = async (pathname, format, request) => {
  if (pathname === "/message") {
    checkType(format);
    const body = await request.arrayBuffer();
    checkJson(format, body);
    checkSize(body.byteLength);
    return [pathname, body];
  }
  if (pathname === "/batch") return ["/dead", checkedBatch(await request.json())];
  if (pathname === "/metrics") return [pathname, null];
  throw new Refusal("Not Found", 404);
};

// A request of the queue binding, once it is known that the queue accepts it.
const pass = async (request, env) => {
  const { headers } = request;
  const name = targetOf(request);
  const queue = env.QUEUES[name];
  if (queue === undefined) throw new Refusal(`The queue "${name}" does not exist`, 404);
  const asked = headers.get("X-Msg-Delay-Secs") ?? headers.get("PW-Delay");
  const seconds = asked === null ? queue.delay : Number(asked);
  checkDelay(seconds);
  const format = headers.get("X-Msg-Fmt") ?? "v8";
  const [operation, body] = await callFor(new URL(request.url).pathname, format, request);
  const answer = await callShard(env, queue.id, operation, format, seconds ?? 0, body);
  return new Response(answer.body, { status: answer.status });
};

export default {
  async fetch(request, env) {
    try {
      return await pass(request, env);
    } catch (error) {
      // The binding makes its exception from this (workerd 2026-11).
      const { message, status } =
        error instanceof Refusal ? error : { message: failure(error.message), status: 500 };
      const headers = { "CF-Queues-Error-Cause": message, "CF-Queues-Error-Code": String(status) };
      return new Response(message, { status, headers });
    }
  },
};
