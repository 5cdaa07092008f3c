// Asks the platform. The key is in the fragment of the link that opened the page; this tab keeps it.

const STORED = "key";
const TRY_AGAIN_MS = 1500;

const given = new URLSearchParams(location.hash.slice(1)).get("key");
if (given) {
  sessionStorage.setItem(STORED, given);
  history.replaceState(null, "", "#/"); // so that it is neither seen nor copied with the address
}

export const hasKey = () => sessionStorage.getItem(STORED) !== null;

async function send(path, options = {}) {
  const headers = { ...options.headers, "X-Dashboard-Key": sessionStorage.getItem(STORED) ?? "" };
  const response = await fetch(`api${path}`, { ...options, headers });
  if (response.ok) return response;
  let message = `The platform says ${response.status}.`;
  try {
    message = (await response.json()).errors[0].message;
  } catch {
    // not an envelope: the status has to do
  }
  const error = new Error(message);
  error.status = response.status;
  throw error;
}

// The result of a call of the REST API, with `info` about pages beside it.
export async function call(path, { method = "GET", body } = {}) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const { result, result_info: info } = await (await send(path, options)).json();
  return { result, info: info ?? {} };
}

export const get = async (path) => (await call(path)).result;

export const text = async (path) => (await send(path)).text();

// Every line of a response without an end, again and again until `signal` is aborted. `reset` is called
// before the lines of each connection.
export async function follow(path, signal, { reset, take, failed }) {
  while (!signal.aborted) {
    try {
      const response = await send(path, { signal });
      reset();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        take(lines.filter(Boolean).map((line) => JSON.parse(line)));
      }
    } catch (error) {
      if (signal.aborted) return;
      failed?.(error);
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

// A WebSocket. A browser adds no headers to it, so the key is its second subprotocol.
export function socket(path) {
  const address = new URL(`api${path}`, location.href);
  address.protocol = "ws:";
  address.hash = "";
  const opened = new WebSocket(address, ["pywrangler-terminal", sessionStorage.getItem(STORED) ?? ""]);
  opened.binaryType = "arraybuffer";
  return opened;
}
