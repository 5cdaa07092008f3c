// In front of a Worker whose clients have addresses of their own, or whose `request.cf` cannot be filled in
// otherwise: see edge.py. PROPERTIES is `request.cf`.

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const address = (client) => client.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");

export default {
  fetch(request, env) {
    const headers = new Headers(request.headers);
    const client = address(request.cf?.clientIp ?? "");
    headers.set("CF-Connecting-IP", client);
    headers.set("X-Real-IP", client);
    headers.set("CF-Ray", `${hex(crypto.getRandomValues(new Uint8Array(8)))}-${env.PROPERTIES.colo}`);
    const cf = { ...env.PROPERTIES, clientAcceptEncoding: headers.get("Accept-Encoding") ?? "" };
    return env.WORKER.fetch(new Request(request, { headers, cf, redirect: "manual" }));
  },
};
