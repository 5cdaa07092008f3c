// Stands where miniflare's explorer keeps what was sent: the platform has a folder for that.

import { WorkerEntrypoint } from "cloudflare:workers";

export default class extends WorkerEntrypoint {
  storeSent() {}
}
