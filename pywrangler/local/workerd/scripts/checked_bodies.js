// Bodies of S3 requests, checked while they pass through: their hashes, their chunks, their signatures.
// The last piece of a body is held until everything is right, so that an object with a wrong body is never
// complete.

import { sha256, UNSIGNED } from "sigv4.js";

const LONGEST_LINE = 16 * 1024;
const CHUNKED = /^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?)$/;
const CHECKSUM = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;
// Others have the same name in workerd (2026-11).
const ALGORITHMS = { md5: "MD5", sha1: "SHA-1", sha256: "SHA-256" };
// The hashes of nothing.
const EMPTY = {
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  crc32: "00000000",
  crc32c: "00000000",
  crc64nvme: "0000000000000000",
};

export class WrongBody extends Error {
  constructor(code, message, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

class Digest {
  constructor(algorithm) {
    this.stream = new crypto.DigestStream(ALGORITHMS[algorithm] ?? algorithm);
    this.writer = this.stream.getWriter();
  }

  async end() {
    await this.writer.close();
    return new Uint8Array(await this.stream.digest);
  }
}

const fromBase64 = (text) => {
  try {
    return hex(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    throw new WrongBody("InvalidDigest", "The checksum or Content-MD5 you specified is not valid.");
  }
};

// Reads lines and runs of bytes from pieces.
class Source {
  constructor(pieces) {
    this.pieces = pieces;
    this.held = new Uint8Array();
  }

  async more() {
    const { value, done } = await this.pieces.next();
    if (done) throw new WrongBody("IncompleteBody", "The request body terminated unexpectedly.");
    return value;
  }

  async line() {
    let text = "";
    for (;;) {
      const end = this.held.indexOf(10);
      text += new TextDecoder().decode(this.held.subarray(0, end < 0 ? undefined : end));
      this.held = end < 0 ? new Uint8Array() : this.held.subarray(end + 1);
      if (end >= 0) return text.replace(/\r$/, "");
      if (text.length > LONGEST_LINE) throw wrongChunks();
      this.held = await this.more();
    }
  }

  async *take(size) {
    let left = size;
    while (left > 0) {
      if (this.held.byteLength === 0) this.held = await this.more();
      const piece = this.held.subarray(0, left);
      this.held = this.held.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  }
}

// The content of a body in AWS's chunks. Fills `trailers`. `signer` checks the signature of each chunk.
const contentOf = async function* (pieces, trailers, signer) {
  const source = new Source(pieces);
  const nothing = new Source((async function* () {})());
  let before = signer?.signature;
  for (;;) {
    const [size, ...extensions] = (await source.line()).split(";");
    if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw wrongChunks();
    const length = parseInt(size, 16);
    const digest = signer && new Digest("sha256");
    for await (const piece of (length ? source : nothing).take(length)) {
      await digest?.writer.write(piece);
      yield piece;
    }
    if (signer) {
      const next = await signer.signNext("PAYLOAD", before, EMPTY.sha256, hex(await digest.end()));
      if (!extensions.includes(`chunk-signature=${next}`)) throw wrongSignature();
      before = next;
    }
    if (length === 0) break;
    await source.line();
  }
  let text = "";
  const nextLine = () => source.line().catch(() => "");
  for (let line = await nextLine(); line; line = await nextLine()) {
    const [name, value = ""] = line.split(/:(.*)/s);
    if (name.toLowerCase() === "x-amz-trailer-signature") {
      const wanted = signer && (await signer.signNext("TRAILER", before, await sha256(text)));
      if (signer && value.trim() !== wanted) throw wrongSignature();
      continue;
    }
    trailers.set(name.trim().toLowerCase(), value.trim());
    text += `${name}:${value.trim()}\n`;
  }
};

const wrongChunks = () => new WrongBody("InvalidRequest", "The chunks of the body are not valid.");
const wrongSignature = () =>
  new WrongBody("SignatureDoesNotMatch", "The signature of a chunk of the body does not match.", 403);

// What the hashes of the body must be, in hexadecimal digits. A hash that comes after the body is in
// `trailer`.
const expectedOf = (headers, payload) => {
  const expected = [];
  if (/^[0-9a-f]{64}$/.test(payload))
    expected.push({ algorithm: "sha256", value: payload, code: "XAmzContentSHA256Mismatch" });
  const md5 = headers.get("Content-MD5");
  if (md5 !== null) expected.push({ algorithm: "md5", value: fromBase64(md5), code: "BadDigest" });
  for (const [name, value] of headers) {
    const found = CHECKSUM.exec(name);
    if (found) expected.push({ algorithm: found[1], value: fromBase64(value), code: "BadDigest" });
  }
  const trailer = CHECKSUM.exec(headers.get("x-amz-trailer")?.trim().toLowerCase() ?? "");
  if (trailer) expected.push({ algorithm: trailer[1], trailer: trailer[0], code: "BadDigest" });
  return expected;
};

const check = (found, expected, trailers) => {
  for (const { algorithm, value, trailer, code } of expected) {
    const wanted = value ?? (trailers.has(trailer) ? fromBase64(trailers.get(trailer)) : undefined);
    if (wanted !== undefined && found.get(algorithm) !== wanted)
      throw new WrongBody(code, `The body does not have the ${algorithm} that the request says.`);
  }
};

const pump = async (pieces, length, expected, trailers, writer) => {
  const algorithms = new Set(expected.map(({ algorithm }) => algorithm));
  const digests = Array.from(algorithms, (algorithm) => ({ algorithm, digest: new Digest(algorithm) }));
  let held;
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > length) throw new WrongBody("InvalidRequest", "The body is longer than the request says.");
    for (const { digest } of digests) await digest.writer.write(piece);
    if (held) await writer.write(held);
    held = piece;
  }
  if (size < length) throw new WrongBody("IncompleteBody", "The request body terminated unexpectedly.");
  const found = new Map();
  for (const { algorithm, digest } of digests) found.set(algorithm, hex(await digest.end()));
  check(found, expected, trailers);
  if (held) await writer.write(held);
  await writer.close();
};

// The body of a request whose signature is known, of a known length; `failure()` is why it ended early.
// `incoming` is the body as it comes.
export const checkedBody = (request, incoming, signer) => {
  const { headers, method } = request;
  // Some clients say of a GET that it has a body of no bytes, and no Request can be made with one.
  const hasBody = request.body !== null && method !== "GET" && method !== "HEAD";
  const isChunked = CHUNKED.test(signer.payload);
  if (!isChunked && signer.payload !== UNSIGNED && !/^[0-9a-f]{64}$/.test(signer.payload))
    throw new WrongBody("InvalidArgument", "The header x-amz-content-sha256 is not supported.");
  const expected = expectedOf(headers, signer.payload);
  const length = Number(headers.get(isChunked ? "x-amz-decoded-content-length" : "Content-Length") ?? NaN);
  if (!hasBody) {
    check(new Map(expected.map(({ algorithm }) => [algorithm, EMPTY[algorithm]])), expected, new Map());
    return { body: null, failure: () => undefined };
  }
  if (!Number.isSafeInteger(length) || length < 0)
    throw new WrongBody("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
  const trailers = new Map();
  const isSigned = isChunked && signer.payload.startsWith("STREAMING-AWS4");
  const raw = incoming.pieces();
  const pieces = isChunked ? contentOf(raw, trailers, isSigned ? signer : undefined) : raw;
  const { readable, writable } = new FixedLengthStream(length);
  const writer = writable.getWriter();
  let failure;
  pump(pieces, length, expected, trailers, writer).catch(async (error) => {
    failure = error;
    await writer.abort(error).catch(() => {});
  });
  return { body: readable, length, failure: () => failure };
};
