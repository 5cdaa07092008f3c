// Serves R2 buckets: miniflare's objects, BUCKETS. A request of R2's binding names the bucket in a header
// (see targets.js), one of the platform in its path. The platform says what it wants to know of changes, by
// bucket: when it is asked, and at `/rules` of the host `control` when that changes.

import { passWatched } from "r2_events.js";
import { targetOf } from "targets.js";

export { Presence } from "presence.js";

// The caller reports a copy itself.
const COPY = "PW-Copy";

let rules;

const watchedOf = async (env, bucket) => {
  const asked = rules ?? (await (await env.PLATFORM.fetch("http://platform/r2/rules")).json());
  rules ??= asked;
  return rules[bucket];
};

const open = (env, bucket) => {
  const object = env.BUCKETS.get(env.BUCKETS.idFromName(bucket));
  const cf = { miniflare: { name: bucket } };
  return (request) => object.fetch("http://r2/", new Request(request, { cf }));
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
