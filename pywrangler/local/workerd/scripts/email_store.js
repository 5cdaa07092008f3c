// Replaces the store for sent messages in miniflare's explorer: the platform has a directory for them.

import { WorkerEntrypoint } from "cloudflare:workers";

export default class extends WorkerEntrypoint {
  storeSent() {}
}
