// Tells other processes whether this one can be called, and this one whether a process still calls it.

import { WorkerEntrypoint } from "cloudflare:workers";

const IDLE_CHECK_MS = 5;
// After the last call has ended, the last bytes of an answer may still be in transit.
const SETTLE_MS = 20;

let isEnding = false;
let calls = 0;

// Two plain calls and no object to dispose of: workerd (2026-11) does not report here that the other end no
// longer holds an object which went through the debug port.
export class Presence extends WorkerEntrypoint {
  // Callers ask this before each call: which service takes requests, if it is not the Worker itself because
  // static assets come first. Throws once this process is about to end.
  enter() {
    if (isEnding) throw new Error("this process is about to end");
    calls += 1;
    return this.env.FRONT;
  }

  // Callers report the end of each call here.
  leave() {
    calls -= 1;
  }
}

export const countCalls = () => ({ calls });

// Accept no more calls. Returns when the current calls have ended, or after this time: a caller may have
// died.
export const drain = async (timeoutMs) => {
  isEnding = true;
  const deadline = Date.now() + timeoutMs;
  const hadCalls = calls > 0;
  while (calls > 0 && Date.now() < deadline) await scheduler.wait(IDLE_CHECK_MS);
  if (hadCalls) await scheduler.wait(SETTLE_MS);
  return { calls };
};
