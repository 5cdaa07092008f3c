// miniflare's Worker of Browser Rendering, with sessions that tell the platform when a client gives commands.

import Binding, { BrowserSession as Session } from "./binding.worker.js";

const REPORT_MILLISECONDS = 2000;

export class BrowserSession extends Session {
  #watched = new WeakSet();
  #isReported = false;

  async fetch(request) {
    const response = await super.fetch(request);
    // A client that was left behind stays connected, so commands count, as at Cloudflare.
    for (const socket of [this.legacyServerWs, ...this.wss.map(({ server }) => server)]) {
      if (socket === undefined || this.#watched.has(socket)) continue;
      this.#watched.add(socket);
      socket.addEventListener("message", () => this.#report());
      this.#report();
    }
    return response;
  }

  #report() {
    if (this.#isReported || !this.sessionInfo) return;
    this.#isReported = true;
    setTimeout(() => {
      this.#isReported = false;
    }, REPORT_MILLISECONDS);
    const url = `http://localhost/browser/used?sessionId=${this.sessionInfo.sessionId}`;
    this.env.MINIFLARE_LOOPBACK.fetch(url, { method: "POST" }).catch(() => {});
  }
}

export default Binding;
