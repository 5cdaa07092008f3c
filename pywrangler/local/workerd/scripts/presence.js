// Lets other processes know whether this one can be called, and this one whether anybody still calls it.

import { WorkerEntrypoint } from "cloudflare:workers";

const IDLE_CHECK_MS = 5;
// After its last caller has gone, the last bytes of an answer may still be on their way.
const SETTLE_MS = 20;

let isEnding = false;
let calls = 0;

// Two plain calls and no object to dispose of: workerd (2026-11) tells nobody at this end that an object which went
// through the debug port is no longer held at the other.
export class Presence extends WorkerEntrypoint {
  // To be asked before each call: which service takes requests, where that is not the Worker itself, since static
  // assets come first. Throws once this process is about to end.
  enter() {
    if (isEnding) throw new Error("this process is about to end");
    calls += 1;
    return this.env.FRONT;
  }

  // To be told after each call.
  leave() {
    calls -= 1;
  }
}

export const countCalls = () => ({ calls });

// Let nobody in any more; returns when those who are in have left, or after so long: a caller may have died.
export const drain = async (timeoutMs) => {
  isEnding = true;
  const deadline = Date.now() + timeoutMs;
  const hadCalls = calls > 0;
  while (calls > 0 && Date.now() < deadline) await scheduler.wait(IDLE_CHECK_MS);
  if (hadCalls) await scheduler.wait(SETTLE_MS);
  return { calls };
};
