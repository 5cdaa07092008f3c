// Decides, from what is known of the instances, which one gets a request and how many should run. No I/O.

export interface Instance {
  name: string;
  state: "asleep" | "starting" | "ready";
  /** Requests that it works on. */
  inFlight: number;
  /** How long it takes to answer, a moving average; Infinity until that is known. */
  latencyMs: number;
  /** When it last began or ended a request. */
  usedAt: number;
  /** It is not started before this moment, because a start has failed. */
  restsUntil: number;
}

export interface Limits {
  mostInstances: number;
  requestsEach: number;
  /** `sleepAfter` of the container class: an instance that was idle for so long has ended. */
  sleepAfterMs: number;
}

/** The instances that should be started now, for the requests that are there. */
export function toStart(instances: Instance[], limits: Limits, now: number): Instance[] {
  const requests = instances.reduce((sum, each) => sum + each.inFlight, 0);
  const wanted = Math.min(limits.mostInstances, Math.max(1, Math.ceil(requests / limits.requestsEach)));
  const missing = wanted - instances.filter((each) => each.state !== "asleep").length;
  const asleep = instances.filter((each) => each.state === "asleep" && each.restsUntil <= now);
  return asleep.slice(0, Math.max(0, missing));
}

/**
 * The instance for the next request. Of those that have room it is the nearest, so that the others become
 * idle and sleep; if none has room, it is the one with the fewest requests. An instance that starts is the
 * last choice.
 */
export function choose(instances: Instance[], limits: Limits): Instance | undefined {
  const ready = instances.filter((each) => each.state === "ready");
  const room = ready.filter((each) => each.inFlight < limits.requestsEach);
  if (room.length) return least(room, (each) => each.latencyMs);
  const awake = ready.length ? ready : instances.filter((each) => each.state === "starting");
  return least(awake, (each) => each.inFlight);
}

/** Marks those that have gone to sleep. */
export function letSleep(instances: Instance[], limits: Limits, now: number): void {
  for (const each of instances) {
    const isIdle = each.state === "ready" && !each.inFlight;
    if (isIdle && now - each.usedAt >= limits.sleepAfterMs) each.state = "asleep";
  }
}

/** The average with one more measurement, of which a fifth counts. */
export const averaged = (before: number, measured: number) =>
  Number.isFinite(before) ? before + (measured - before) / 5 : measured;

function least(instances: Instance[], value: (each: Instance) => number): Instance | undefined {
  let found: Instance | undefined;
  for (const each of instances) {
    if (!found || value(each) < value(found)) found = each;
  }
  return found;
}
