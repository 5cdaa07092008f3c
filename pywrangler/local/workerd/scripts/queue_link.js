// A queue that messages are sent to, in the process that holds queues: QUEUES. While that process is
// replaced, a request waits, or its connection ends without a response; then it is sent again. Props: queue,
// in percent-encoding; delay?

import { WorkerEntrypoint } from "cloudflare:workers";

const PATIENCE_MS = 15_000;
const RETRY_MS = 50;
const PASSED = ["X-Msg-Fmt", "X-Msg-Delay-Secs"];

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { queue, delay } = this.ctx.props;
    const headers = { "PW-Target": queue };
    if (delay !== undefined) headers["PW-Delay"] = String(delay);
    for (const name of PASSED) {
      const value = request.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const { url, method } = request;
    const body = method === "POST" ? await request.arrayBuffer() : undefined;
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.env.QUEUES.fetch(url, { method, headers, body });
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await scheduler.wait(RETRY_MS);
      }
    }
  }
}
