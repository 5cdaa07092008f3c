// Runs at Cloudflare, in a preview that only its token reaches, with the bindings that are remote. It hands
// each request to the binding that the request names. The headers are those of miniflare's Worker, which
// sends them. A WebSocket that names a binding in its address carries calls of methods.

const DISPATCH = "MF-Dispatch-Namespace-Options";

// Messages travel as records of their parts.
const sender = async (binding) => {
  const { EmailMessage } = await import("cloudflare:email");
  const unpacked = (message) =>
    "EmailMessage::raw" in message
      ? new EmailMessage(message.from, message.to, message["EmailMessage::raw"])
      : message;
  return { send: (message) => binding.send(unpacked(message)) };
};

const callsOf = async (request, target) => {
  const { newWorkersRpcResponse } = await import("./calls.js");
  const isSender = target.constructor.name === "SendEmail";
  return newWorkersRpcResponse(request, isSender ? await sender(target) : target);
};

// A Worker of a dispatch namespace, where the request names one.
const targetOf = (binding, dispatch) => {
  if (!dispatch) return binding;
  const { name, args, options } = JSON.parse(dispatch);
  return binding.get(name, args, options);
};

const PREFIX = "mf-header-";

export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const called = request.headers.has("upgrade") ? searchParams.get("MF-Binding") : null;
    const name = called ?? request.headers.get("MF-Binding");
    const binding = name === null ? undefined : env[name];
    if (binding === undefined) return new Response(`There is no binding "${name}".`, { status: 400 });
    const headers = new Headers();
    for (const [key, value] of request.headers) {
      if (key.startsWith(PREFIX)) headers.set(key.slice(PREFIX.length), value);
      else if (key === "upgrade") headers.set(key, value);
    }
    try {
      const target = targetOf(binding, called ? searchParams.get(DISPATCH) : request.headers.get(DISPATCH));
      if (called !== null) return await callsOf(request, target);
      const inner = new Request(request, { headers, redirect: "manual" });
      const response = await target.fetch(request.headers.get("MF-URL"), inner);
      if (response.webSocket) return response;
      const marked = new Response(response.body, response);
      marked.headers.set("MF-Forwarded-Response", "true");
      return marked;
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};
