// Has a container that sleeps soon, a room of WebSockets that stores how often it was used, and nothing else.
import { Container, getContainer } from "@cloudflare/containers";
import { DurableObject } from "cloudflare:workers";

export class Box extends Container {
  defaultPort = 8080;
  sleepAfter = "5s";
}

export class Room extends DurableObject {
  async fetch(request) {
    this.ctx.storage.kv.put("uses", (this.ctx.storage.kv.get("uses") ?? 0) + 1);
    if (request.headers.get("Upgrade") !== "websocket") {
      return new Response(String(this.ctx.storage.kv.get("uses")));
    }
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, message) {
    socket.send(message);
  }
  webSocketClose() {}
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get("name") ?? "one";
    if (pathname === "/version") return new Response(env.VERSION);
    if (pathname === "/room") return env.ROOM.getByName(name).fetch(request);
    return getContainer(env.BOX, name).fetch(request);
  },
};
