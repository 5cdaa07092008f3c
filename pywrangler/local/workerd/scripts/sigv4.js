// AWS Signature Version 4 of requests to S3: finds the key that signed a request, and signs requests.

const ALGORITHM = "AWS4-HMAC-SHA256";
const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;
export const UNSIGNED = "UNSIGNED-PAYLOAD";
const encoder = new TextEncoder();

const digits = (byte) => byte.toString(16).padStart(2, "0");
export const hex = (bytes) => Array.from(new Uint8Array(bytes), digits).join("");
export const sha256 = async (text) => hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));

const hmac = async (key, text) => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
};

const equal = (one, other) => {
  const [a, b] = [encoder.encode(one), encoder.encode(other)];
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
};

const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

// Clients sign the path as it is encoded by the rules; some send it in another encoding.
const encodedPath = (path) => {
  try {
    return path.split("/").map((part) => encoded(decodeURIComponent(part))).join("/");
  } catch {
    return path;
  }
};

const timeOf = (text) => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
  if (match === null) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

const queryOf = (url) =>
  [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encoded(name), encoded(value)])
    .sort(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

const headerLines = (request, url, names) =>
  names
    .map((name) => [name, request.headers.get(name) ?? (name === "host" ? url.host : "")])
    .map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}\n`)
    .join("");

const canonical = (request, url, path, names, payload) =>
  [request.method, path, queryOf(url), headerLines(request, url, names), names.join(";"), payload].join("\n");

const signingKey = async (secret, [day, region, service, end]) => {
  let key = encoder.encode(`AWS4${secret}`);
  for (const part of [day, region, service, end]) key = await hmac(key, part);
  return key;
};

// What a request says of its signature; undefined if it is incomplete or its time is over.
const readSignature = (request, url, now) => {
  const query = url.searchParams;
  const authorization = request.headers.get("Authorization");
  const fields = new Map();
  if (authorization !== null) {
    if (!authorization.startsWith(`${ALGORITHM} `)) return undefined;
    for (const part of authorization.slice(ALGORITHM.length).split(",")) {
      const [name, ...value] = part.split("=");
      fields.set(name.trim(), value.join("=").trim());
    }
  } else if (query.get("X-Amz-Algorithm") !== ALGORITHM) return undefined;
  const get = (name) => (authorization === null ? query.get(`X-Amz-${name}`) : fields.get(name)) ?? "";
  const date = (authorization === null ? query.get("X-Amz-Date") : request.headers.get("x-amz-date")) ?? "";
  const time = timeOf(date);
  const lifetime = Number(query.get("X-Amz-Expires") || NaN) * 1000;
  const isTimely =
    authorization === null
      ? lifetime >= 1000 && lifetime <= MAX_EXPIRES_SECONDS * 1000 && now <= time + lifetime
      : Math.abs(now - time) <= MAX_SKEW_MS;
  const parts = get("Credential").split("/");
  const scope = parts.slice(-4);
  const names = get("SignedHeaders").toLowerCase().split(";");
  const [day, , service, end] = scope;
  const isSound = service === "s3" && end === "aws4_request" && date.startsWith(day);
  if (!isTimely || !isSound || !names.includes("host")) return undefined;
  const payload = authorization === null ? UNSIGNED : request.headers.get("x-amz-content-sha256");
  return { id: parts.slice(0, -4).join("/"), scope, date, names, payload, signature: get("Signature") };
};

// The key that signed a request, of `keys` with `id` and `secret`; `payload` is what the signature says of
// the body, and `signNext` makes the signatures of its chunks. Undefined if none of the keys signed it.
export const findSigner = async (request, url, keys, now = Date.now()) => {
  const signed = readSignature(request, url, now);
  if (signed === undefined || signed.payload === null) return undefined;
  const { scope, date, names, payload, signature } = signed;
  const paths = new Set([url.pathname, encodedPath(url.pathname)]);
  for (const key of keys.filter(({ id }) => id === signed.id)) {
    const signing = await signingKey(key.secret, scope);
    for (const path of paths) {
      const what = await sha256(canonical(request, url, path, names, payload));
      const text = [ALGORITHM, date, scope.join("/"), what].join("\n");
      if (!equal(hex(await hmac(signing, text)), signature)) continue;
      const signNext = async (kind, before, ...hashes) => {
        const lines = [`${ALGORITHM}-${kind}`, date, scope.join("/"), before, ...hashes];
        return hex(await hmac(signing, lines.join("\n")));
      };
      return { key, payload, signature, signNext };
    }
  }
  return undefined;
};

// The same request with its headers signed by a key; the body is not part of the signature.
export const sign = async (request, { id, secret }, now = Date.now()) => {
  const url = new URL(request.url);
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [date.slice(0, 8), "auto", "s3", "aws4_request"];
  request.headers.set("x-amz-date", date);
  request.headers.set("x-amz-content-sha256", UNSIGNED);
  const what = await sha256(canonical(request, url, url.pathname, ["host"], UNSIGNED));
  const text = [ALGORITHM, date, scope.join("/"), what].join("\n");
  const signature = hex(await hmac(await signingKey(secret, scope), text));
  const fields = [`Credential=${id}/${scope.join("/")}`, "SignedHeaders=host", `Signature=${signature}`];
  request.headers.set("Authorization", `${ALGORITHM} ${fields.join(", ")}`);
};
