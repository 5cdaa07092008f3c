// Serves queues: workerd's own Worker, behind the checks that Cloudflare makes. QUEUES describes each queue
// by its name: `id`, under which the messages are kept, and `delay`. A request names the queue in a header.

import queues from "queues.js";
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
const pass = async (request, env) => {
  const name = targetOf(request);
  const queue = env.QUEUES[name];
  if (queue === undefined) throw new Refusal(`The queue "${name}" does not exist`, 404);
  const { pathname } = new URL(request.url);
  const headers = new Headers(request.headers);
  const asked = headers.get("X-Msg-Delay-Secs") ?? headers.get("PW-Delay");
  const seconds = asked === null ? queue.delay : Number(asked);
  checkDelay(seconds);
  if (seconds !== undefined) headers.set("X-Msg-Delay-Secs", String(seconds));
  const body = request.method === "POST" ? await request.arrayBuffer() : undefined;
  if (pathname === "/message") {
    checkType(headers.get("X-Msg-Fmt") ?? undefined);
    checkSize(body.byteLength);
  } else if (pathname === "/batch") checkBatch(JSON.parse(new TextDecoder().decode(body)));
  const passed = new Request(`http://queue${pathname}`, { method: request.method, headers, body });
  return queues.fetch(passed, env, { props: { queue: queue.id } });
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
