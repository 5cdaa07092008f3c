// A queue that messages are sent to, in the process that holds queues: QUEUES. While that process is
// replaced, a request waits, or its connection ends without a response; then it is sent again. Props: queue,
// in percent-encoding; delay?

import { WorkerEntrypoint } from "cloudflare:workers";

const PATIENCE_MS = 15_000;
const RETRY_MS = 50;

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { queue, delay } = this.ctx.props;
    const headers = new Headers(request.headers);
    headers.set("PW-Target", queue);
    if (delay !== undefined) headers.set("PW-Delay", String(delay));
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
