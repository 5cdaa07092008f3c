// Serves R2 buckets: miniflare's objects, BUCKETS. A request of R2's binding names the bucket in a header
// (see targets.js), one of the platform in its path. The platform says what it wants to know of changes, by
// bucket: when it is asked, and at `/rules` of the host `control` when that changes.

import { Incoming } from "incoming.js";
import { hasValue, passWatched } from "r2_events.js";
import { failure, targetOf } from "targets.js";

export { Presence } from "presence.js";

// The caller reports a copy itself.
const COPY = "PW-Copy";
const INTERNAL_ERROR = 10001;
const SMALL_BYTES = 128 * 1024;

let rules;

const watchedOf = async (env, bucket) => {
  const asked = rules ?? (await (await env.PLATFORM.fetch("http://platform/r2/rules")).json());
  rules ??= asked;
  return rules[bucket];
};

const refusal = (message) => {
  const error = JSON.stringify({ version: 1, v4code: INTERNAL_ERROR, message });
  return new Response(null, { status: 500, headers: { "CF-R2-Error": error } });
};

const pass = async (pieces, writer) => {
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error);
  }
};

// R2 may refuse before it has the whole value, and its binding reads a response only when it has sent the
// value. A small one is cheaper to read at once.
const sendWhole = async (request, send) => {
  if (Number(request.headers.get("Content-Length")) <= SMALL_BYTES)
    return send(new Request(request, { body: await request.arrayBuffer() }));
  const incoming = new Incoming(request);
  const { readable, writable } = new FixedLengthStream(Number(request.headers.get("Content-Length")));
  // It does not end when R2 no longer reads.
  pass(incoming.pieces(), writable.getWriter()).catch(() => {});
  try {
    return await send(new Request(request, { body: readable }));
  } finally {
    await incoming.drain().catch(() => {});
  }
};

const open = (env, bucket) => {
  const object = env.BUCKETS.get(env.BUCKETS.idFromName(bucket));
  const cf = { miniflare: { name: bucket } };
  const send = (request) => object.fetch("http://r2/", new Request(request, { cf }));
  return async (request) => {
    const isWrite = request.method === "PUT" && hasValue(request);
    const response = await (isWrite ? sendWhole(request, send) : send(request));
    if (response.status < 500 || response.headers.has("CF-R2-Error")) return response;
    const [reason] = (await response.text()).split("\n");
    return refusal(failure(reason.replace(/^Error: /, "")));
  };
};

export default {
  async fetch(request, env, ctx) {
    const { hostname, pathname } = new URL(request.url);
    const target = targetOf(request);
    if (target === undefined && hostname === "control") {
      rules = await request.json();
      return Response.json({ result: {} });
    }
    const bucket = target ?? decodeURIComponent(pathname.slice(1));
    const send = open(env, bucket);
    if (request.method !== "PUT" || request.headers.has(COPY)) return send(request);
    const watched = await watchedOf(env, bucket);
    if (watched === undefined) return send(request);
    return passWatched({ env, ctx, bucket, rules: watched, send }, request);
  },
};
