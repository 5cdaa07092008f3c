import { Container } from "@cloudflare/containers";

interface Env {
  ROOM: DurableObjectNamespace<Room>;
}

/** One container per chat room. It does not sleep while a WebSocket is open. */
export class Room extends Container {
  defaultPort = 8080;
  sleepAfter = "1m";
  enableInternet = false;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const name = new URL(request.url).pathname.match(/^\/rooms\/([\w-]{1,64})$/)?.[1];
    if (!name) {
      return new Response("Open /rooms/<name> in a browser, or POST a message to it.\n", { status: 404 });
    }
    const room = env.ROOM.getByName(name);

    // From the Worker into the container: the Worker is one more visitor of the room.
    if (request.method === "POST") return Response.json({ heard: await say(room, await request.text()) });

    // From the client into the container: the upgrade is passed on like any other request. GET without an
    // upgrade gets the page that container/server.py serves.
    return room.fetch(request);
  },
};

/** Says something in the room, and returns what the room sends to everybody thereupon. */
async function say(room: DurableObjectStub<Room>, text: string): Promise<string> {
  const response = await room.fetch("http://room/", { headers: { Upgrade: "websocket" } });
  const socket = response.webSocket;
  if (!socket) {
    throw new Error(`The room did not open a WebSocket: ${response.status} ${await response.text()}`);
  }

  const heard = new Promise<string>((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
    socket.addEventListener("close", () => reject(new Error("The room closed the WebSocket.")));
  });
  socket.accept();
  socket.send(text);
  try {
    return await heard;
  } finally {
    socket.close(1000, "said");
  }
}
