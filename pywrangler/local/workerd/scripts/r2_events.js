// Reports to the platform, which sends the messages, what changes in buckets with event notifications. An
// event has: `bucket`; `rules`, with `prefix`, `suffix` and `actions`; `send`, which fetches from the bucket;
// `env` and `ctx`.

const RETRIES_MS = [200, 1000, 5000];
const HEADS_AT_ONCE = 50;
const SIZE = "CF-R2-Metadata-Size";

const described = ({ name, size, etag }) => ({ key: name, size: Number(size), eTag: etag });

// Whether an object's value follows the request itself, which is small, in the body.
export const hasValue = ({ headers }) => headers.get(SIZE) !== headers.get("Content-Length");

// The response to a request that may change the bucket.
export const passWatched = async (event, request) =>
  hasValue(request) ? written(event, "PutObject", await event.send(request)) : passPlain(event, request);

const passPlain = async (event, request) => {
  const { bucket, rules, send } = event;
  const body = await request.text();
  const asked = JSON.parse(body);
  const keys = asked.method !== "delete" ? [] : asked.object === undefined ? asked.objects : [asked.object];
  const gone = await present(send, keys.filter((key) => isWanted(rules, "DeleteObject", key)));
  const response = await send(new Request(request, { body }));
  if (asked.method === "put") return written(event, "PutObject", response);
  if (asked.method === "completeMultipartUpload") return written(event, "CompleteMultipartUpload", response);
  if (response.ok) report(event, gone.map((key) => ({ action: "DeleteObject", bucket, object: { key } })));
  return response;
};

// The response to a write is the object; the one to a part has only an etag.
const written = async (event, action, response) => {
  if (!response.ok) return response;
  const { bucket, rules } = event;
  const text = await response.text();
  const object = text === "" ? {} : JSON.parse(text);
  if (object.name !== undefined && isWanted(rules, action, object.name))
    report(event, [{ action, bucket, object: described(object) }]);
  const headers = new Headers(response.headers);
  return new Response(text, { status: response.status, headers });
};

const report = ({ env, ctx }, changes) => {
  if (changes.length === 0) return;
  const eventTime = new Date().toISOString();
  ctx.waitUntil(tell(env, changes.map((change) => ({ ...change, eventTime }))));
};

const isWanted = (rules, action, key) =>
  rules.some((rule) => {
    const { prefix, suffix, actions } = rule;
    return actions.includes(action) && key.startsWith(prefix) && key.endsWith(suffix);
  });

// Those of the keys that are objects.
const present = async (send, keys) => {
  const isPresent = async (key) => {
    const asked = { version: 1, method: "head", object: key };
    const headers = { "CF-R2-Request": JSON.stringify(asked) };
    const response = await send(new Request("http://r2/", { headers }));
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
