// S3 for R2's buckets: miniflare's Worker (5.20261117), which knows one key for each bucket. Here each key is
// for all buckets, so it is given the one that a request is signed with.

import s3 from "s3.worker.js";

const BUCKET = "MINIFLARE_R2_S3_BUCKET_";

// `Credential=ID/DATE/...` of the header Authorization, or of a presigned URL.
const keyOf = (request) => {
  const signed = new URL(request.url).searchParams.get("X-Amz-Credential");
  const credential = signed ?? /Credential=([^,\s]+)/.exec(request.headers.get("Authorization") ?? "")?.[1];
  return credential?.split("/")[0];
};

export default {
  fetch(request, env, context) {
    const keys = JSON.parse(env.KEYS);
    const id = keyOf(request);
    const isKnown = id !== undefined && Object.hasOwn(keys, id);
    // No request is ever signed with a key that no client has.
    const key = isKnown
      ? { accessKeyId: id, secretAccessKey: keys[id] }
      : { accessKeyId: "none", secretAccessKey: crypto.randomUUID() };
    const buckets = Object.keys(env).filter((name) => name.startsWith(BUCKET));
    const credentials = Object.fromEntries(buckets.map((name) => [name.slice(BUCKET.length), key]));
    return s3.fetch(request, { ...env, MINIFLARE_R2_S3_CREDENTIALS: credentials }, context);
  },
};
