// Stands before the buckets where event notifications are set up, and tells the platform what changed,
// which sends the messages. RULES: `prefix`, `suffix` and `actions` of the rules, by bucket. Props:
// MINIFLARE_NAMESPACE, the bucket; isCopy? (then the caller reports the change itself). PROCESSES gives
// the process itself.

import { WorkerEntrypoint } from "cloudflare:workers";

const RETRIES_MS = [200, 1000, 5000];
const HEADS_AT_ONCE = 50;
const SIZE = "CF-R2-Metadata-Size";

const described = ({ name, size, etag }) => ({ key: name, size: Number(size), eTag: etag });

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { MINIFLARE_NAMESPACE: bucket, isCopy } = this.ctx.props;
    const rules = this.env.RULES[bucket];
    const props = { MINIFLARE_NAMESPACE: bucket };
    const entry = this.env.PROCESSES.current().getEntrypoint("r2-entry", undefined, props);
    if (rules === undefined || isCopy || request.method !== "PUT") return entry.fetch(request);
    const { headers } = request;
    // Without a value the body is only the request itself, which is small.
    if (headers.get(SIZE) === headers.get("Content-Length"))
      return this.#plain(entry, bucket, rules, request);
    const response = await entry.fetch(request);
    return this.#written(bucket, "PutObject", response);
  }

  async #plain(entry, bucket, rules, request) {
    const body = await request.text();
    const asked = JSON.parse(body);
    const keys = asked.method !== "delete" ? [] : asked.object === undefined ? asked.objects : [asked.object];
    const gone = await present(entry, keys.filter((key) => isWanted(rules, "DeleteObject", key)));
    const response = await entry.fetch("http://r2/", { method: "PUT", headers: request.headers, body });
    if (asked.method === "put") return this.#written(bucket, "PutObject", response);
    if (asked.method === "completeMultipartUpload")
      return this.#written(bucket, "CompleteMultipartUpload", response);
    if (response.ok) this.#tell(gone.map((key) => ({ action: "DeleteObject", bucket, object: { key } })));
    return response;
  }

  // The response to a write is the object; the one to a part has only an etag.
  async #written(bucket, action, response) {
    if (!response.ok) return response;
    const text = await response.text();
    const object = text === "" ? {} : JSON.parse(text);
    if (object.name !== undefined && isWanted(this.env.RULES[bucket], action, object.name))
      this.#tell([{ action, bucket, object: described(object) }]);
    const headers = new Headers(response.headers);
    return new Response(text, { status: response.status, headers });
  }

  #tell(events) {
    if (events.length === 0) return;
    const eventTime = new Date().toISOString();
    this.ctx.waitUntil(tell(this.env, events.map((event) => ({ ...event, eventTime }))));
  }
}

const isWanted = (rules, action, key) =>
  rules.some((rule) => {
    const { prefix, suffix, actions } = rule;
    return actions.includes(action) && key.startsWith(prefix) && key.endsWith(suffix);
  });

// Those of the keys that are objects.
const present = async (entry, keys) => {
  const isPresent = async (key) => {
    const asked = { version: 1, method: "head", object: key };
    const headers = { "CF-R2-Request": JSON.stringify(asked) };
    const response = await entry.fetch("http://r2/", { headers });
    await response.body?.cancel();
    return response.ok;
  };
  const found = [];
  for (let start = 0; start < keys.length; start += HEADS_AT_ONCE) {
    const some = keys.slice(start, start + HEADS_AT_ONCE);
    const are = await Promise.all(some.map(isPresent));
    found.push(...some.filter((_, index) => are[index]));
  }
  return found;
};

// Hands events to the platform, which puts messages into queues.
export const tell = async (env, events) => {
  const body = JSON.stringify(events);
  for (const pause of [0, ...RETRIES_MS]) {
    if (pause > 0) await scheduler.wait(pause);
    try {
      const response = await env.PLATFORM.fetch("http://platform/r2/events", { method: "POST", body });
      if (response.ok) return;
    } catch {
      // The platform is about to start again.
    }
  }
  const keys = events.map(({ object }) => object.key);
  console.error(`Event notifications of R2 were not sent: ${keys.join(", ")}`);
};
