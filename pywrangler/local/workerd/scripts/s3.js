// S3 for R2's buckets: miniflare's Worker (5.20261117), which knows one key for each bucket, has one path,
// and holds a body in memory until it knows its hash. So requests are checked here, and then signed again
// for it, without their body. KEYS: `id`, `secret`, and `buckets` that the key is for, or null. PUBLIC:
// buckets that anyone can read. CREATED: when buckets were created, by name. ACCOUNT: the account's id.

import { WorkerEntrypoint } from "cloudflare:workers";

import publicBuckets from "public.worker.js";
import s3 from "s3.worker.js";
import { checkedBody, WrongBody } from "checked_bodies.js";
import { Incoming } from "incoming.js";
import { tell } from "r2_events.js";
import { findSigner, sign } from "sigv4.js";

const BUCKET = "MINIFLARE_R2_S3_BUCKET_";
// The same buckets; what they write is a copy.
const COPIES = "COPIES_";
const S3_PATH = "/cdn-cgi/local/r2/s3";
const PUBLIC_PATH = "/cdn-cgi/local/r2/public/";
const MAX_OBJECT_BYTES = 5 * 1024 ** 3 - 5 * 1024 ** 2;
const MAX_KEY_BYTES = 1024;
const DROPPED = [
  "authorization",
  "content-md5",
  "x-amz-content-sha256",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
];

const refusal = ({ code, message, status }) => {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const text = `<?xml version="1.0" encoding="UTF-8"?>${error}`;
  return new Response(text, { status, headers: { "Content-Type": "application/xml" } });
};

// The path of bucket and key, from any form of address that R2 has.
const pathOf = ({ hostname, pathname }, account) => {
  const isLong = pathname === S3_PATH || pathname.startsWith(`${S3_PATH}/`);
  if (isLong) return pathname.slice(S3_PATH.length) || "/";
  const own = new RegExp(`^(?:(.+)\\.)?${account}\\.(?:[a-z]{1,16}\\.)?r2\\.cloudflarestorage\\.com$`);
  const [, bucket] = own.exec(hostname) ?? [];
  return bucket === undefined ? pathname : `/${bucket}${pathname}`;
};

// A key that no client has.
const nobodys = (id) => ({ accessKeyId: id, secretAccessKey: crypto.randomUUID() });

const namesOf = (env, prefix) => Object.keys(env).filter((name) => name.startsWith(prefix));

// What miniflare's Worker finds in its environment: only `key` opens a bucket, and only those that it is for.
const environmentFor = (env, key, isCopy) => {
  const found = {};
  const credentials = {};
  for (const binding of namesOf(env, BUCKET)) {
    const name = binding.slice(BUCKET.length);
    const isOpen = !key.buckets || key.buckets.includes(name);
    found[binding] = env[isCopy ? `${COPIES}${name}` : binding];
    credentials[name] = isOpen ? { accessKeyId: key.id, secretAccessKey: key.secret } : nobodys("none");
  }
  return { ...found, MINIFLARE_R2_S3_CREDENTIALS: credentials };
};

const withPath = (url, path) => {
  const inner = new URL(url);
  inner.pathname = `${S3_PATH}${path === "/" ? "" : path}`;
  return inner;
};

// With a secret that no client has, miniflare's Worker says what is wrong with a request. Nothing reads
// its body.
const refuse = (request, env, context, url, path, ids) => {
  const claimed = url.searchParams.get("X-Amz-Credential") ?? request.headers.get("Authorization") ?? "";
  const id = ids.find((each) => claimed.includes(`${each}/`)) ?? "none";
  const key = { id, secret: nobodys(id).secretAccessKey };
  const { method, headers } = request;
  const inner = new Request(withPath(url, path), { method, headers: new Headers(headers) });
  return s3.fetch(inner, environmentFor(env, key, false), context);
};

const checkSize = (path, length) => {
  const key = path.split("/").slice(2).join("/");
  let size = 0;
  try {
    size = new TextEncoder().encode(decodeURIComponent(key)).byteLength;
  } catch {
    throw new WrongBody("InvalidURI", "The key is not valid.");
  }
  if (size > MAX_KEY_BYTES) throw new WrongBody("KeyTooLongError", `Your key is too long: ${size} bytes.`);
  if (length > MAX_OBJECT_BYTES)
    throw new WrongBody("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
};

// Clients in Go write quotes in XML as `&#34;`, which miniflare's Worker does not decode.
const decoded = (xml) =>
  xml.replace(/&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));/g, (whole, hexadecimal, decimal) => {
    const code = hexadecimal === undefined ? Number(decimal) : parseInt(hexadecimal, 16);
    if (code > 0x10ffff) return whole;
    return { "&": "&amp;", "<": "&lt;" }[String.fromCodePoint(code)] ?? String.fromCodePoint(code);
  });

// miniflare's Worker lists names alone; clients also expect dates and an owner.
const created = (date) => `<CreationDate>${date}</CreationDate>`;
const withDates = async (response, env) => {
  const owner = `<Owner><ID>${env.ACCOUNT}</ID><DisplayName>${env.ACCOUNT}</DisplayName></Owner>`;
  const text = (await response.text())
    .replace(/<Name>([^<]*)<\/Name>/g, (all, name) => `${all}${created(env.CREATED[name])}`)
    .replace("</ListAllMyBucketsResult>", `${owner}</ListAllMyBucketsResult>`);
  const headers = new Headers(response.headers);
  headers.delete("Content-Length");
  return new Response(text, { status: response.status, headers });
};

// A copy is reported here, where its source is known.
const tellCopy = async (request, env, path) => {
  const [, bucket, ...rest] = path.split("/");
  const source = decodeURIComponent(request.headers.get("x-amz-copy-source"));
  const [from, ...key] = source.replace(/^\//, "").split("/");
  const object = await env[`${BUCKET}${bucket}`].head(decodeURIComponent(rest.join("/")));
  if (object === null) return;
  const copySource = { bucket: from, object: key.join("/") };
  const copied = { key: object.key, size: object.size, eTag: object.etag };
  const eventTime = object.uploaded.toISOString();
  await tell(env, [{ action: "CopyObject", bucket, object: copied, eventTime, copySource }]);
};

const innerRequest = async (request, url, path, signer, body, length) => {
  const headers = new Headers(request.headers);
  for (const name of DROPPED) headers.delete(name);
  const checksums = [...headers.keys()].filter((name) => name.startsWith("x-amz-checksum-"));
  for (const name of checksums) headers.delete(name);
  const encodings = (headers.get("Content-Encoding") ?? "").split(",").map((each) => each.trim());
  const kept = encodings.filter((each) => each && each !== "aws-chunked").join(",");
  if (kept) headers.set("Content-Encoding", kept);
  else headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  if (length !== undefined) headers.set("Content-Length", String(length));
  const inner = withPath(url, path);
  const signed = [...inner.searchParams.keys()].filter((name) => name.startsWith("X-Amz-"));
  for (const name of signed) inner.searchParams.delete(name);
  const made = new Request(inner, { method: request.method, headers, body });
  await sign(made, signer.key);
  return made;
};

const serve = async (request, incoming, env, context) => {
  const url = new URL(request.url);
  if (url.pathname.startsWith(PUBLIC_PATH)) {
    const found = env.PUBLIC.map((name) => [name, env[`${BUCKET}${name}`]]);
    const open = found.filter(([, bucket]) => bucket !== undefined);
    return publicBuckets.fetch(request, Object.fromEntries(open), context);
  }
  const keys = JSON.parse(env.KEYS);
  const path = pathOf(url, env.ACCOUNT);
  const signer = await findSigner(request, url, keys);
  if (signer === undefined) return refuse(request, env, context, url, path, keys.map(({ id }) => id));
  const { body, length, failure } = checkedBody(request, incoming, signer);
  checkSize(path, length ?? 0);
  if (request.method === "POST" && body !== null) {
    const text = await new Response(body).text().catch((error) => {
      throw failure() ?? error;
    });
    const inner = await innerRequest(request, url, path, signer, decoded(text));
    return s3.fetch(inner, environmentFor(env, signer.key, false), context);
  }
  const isCopy = request.headers.has("x-amz-copy-source");
  const inner = await innerRequest(request, url, path, signer, body, length);
  try {
    const response = await s3.fetch(inner, environmentFor(env, signer.key, isCopy), context);
    const isPart = url.searchParams.has("uploadId");
    if (isCopy && !isPart && response.ok) context.waitUntil(tellCopy(request, env, path));
    const wrong = failure();
    if (wrong instanceof WrongBody) return refusal(wrong);
    const isList = path === "/" && request.method === "GET" && response.ok;
    return isList ? await withDates(response, env) : response;
  } catch (error) {
    throw failure() ?? error;
  }
};

const answer = async (request, incoming, env, context) => {
  try {
    return await serve(request, incoming, env, context);
  } catch (error) {
    if (error instanceof WrongBody) return refusal(error);
    throw error;
  }
};

// The response, whole at once, to a request whose body is read to its end before the response ends.
const drained = async (incoming, response, context) => {
  const content = new Uint8Array(await response.arrayBuffer());
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  const writer = writable.getWriter();
  const write = async () => {
    if (content.byteLength > 0) await writer.write(content);
    await incoming.drain();
    await writer.close();
  };
  context.waitUntil(write().catch(() => {}));
  return new Response(readable, response);
};

const SETTLE_CHECK_MS = 20;
let writes = 0;

// What the platform calls before it replaces this process.
export class Writes extends WorkerEntrypoint {
  // Returns when no object is being written, or after this time: how many are.
  async settle(timeoutMs) {
    const deadline = Date.now() + timeoutMs;
    while (writes > 0 && Date.now() < deadline) await scheduler.wait(SETTLE_CHECK_MS);
    return writes;
  }
}

export default {
  async fetch(request, env, context) {
    const isWrite = request.method !== "GET" && request.method !== "HEAD";
    if (isWrite) writes += 1;
    try {
      const incoming = new Incoming(request);
      const response = await answer(request, incoming, env, context);
      return isWrite && !response.ok ? await drained(incoming, response, context) : response;
    } finally {
      if (isWrite) writes -= 1;
    }
  },
};
