// Runs Workflows: workerd's own engine (2026-11), which waits in a busy loop for a time that is no number,
// and does so again after a restart.

import { Engine as Instances, WorkflowBinding as Flows } from "workflows.js";

// As under Wrangler (4.164), it is no mistake to resume what is not paused.
export class WorkflowBinding extends Flows {
  async resume(id) {
    try {
      await super.resume(id);
    } catch (error) {
      if (!error.message.includes("(instance.cannot_resume)")) throw error;
    }
  }
}

const LATEST = 8.64e15; // of a Date
const isTime = (value) => Number.isFinite(value) && Math.abs(value) <= LATEST;

const checked = (method, check) =>
  function (name, time) {
    check(time);
    return method.call(this, name, time);
  };

// Durations and defaults as under Wrangler (4.164), which knows milliseconds ("10 ms"), and tries again after
// 1 s at first. At Cloudflare that is 10 s.
const RETRIES = { limit: 5, delay: 1000, backoff: "exponential" };

const inMilliseconds = (value) => {
  const found = typeof value === "string" && /^(\d+(?:\.\d+)?) +ms?$/.exec(value);
  return found ? Number(found[1]) : value;
};

const isObject = (value) => typeof value === "object" && value !== null;

const completed = (config) => {
  const { retries = RETRIES } = config;
  const made = { ...config, retries };
  if (isObject(retries)) made.retries = { ...retries, delay: inMilliseconds(retries.delay) };
  return "timeout" in config ? { ...made, timeout: inMilliseconds(config.timeout) } : made;
};

const guarded = new WeakSet();

const guard = (step) => {
  const steps = Object.getPrototypeOf(step);
  if (guarded.has(steps)) return;
  guarded.add(steps);
  const { sleep, sleepUntil, waitForEvent } = steps;
  const act = steps.do;
  steps.do = function (name, config, ...rest) {
    if (typeof config === "function") return act.call(this, name, completed({}), config, ...rest);
    return act.call(this, name, isObject(config) ? completed(config) : config, ...rest);
  };
  steps.waitForEvent = function (name, options) {
    const hasTimeout = isObject(options) && "timeout" in options;
    const own = hasTimeout ? { ...options, timeout: inMilliseconds(options.timeout) } : options;
    return waitForEvent.call(this, name, own);
  };
  const sleepFor = function (name, duration) {
    const time = inMilliseconds(duration);
    // As under Wrangler, a time that is over is no mistake here; workerd refuses it.
    return sleep.call(this, name, typeof time === "number" ? Math.max(0, time) : time);
  };
  steps.sleep = checked(sleepFor, (duration) => {
    if (typeof duration !== "number" || isTime(duration)) return;
    throw new TypeError(`Invalid duration "${duration}"`);
  });
  steps.sleepUntil = checked(sleepUntil, (time) => {
    if (!isTime(+new Date(time))) throw new TypeError(`Invalid date "${time}"`);
  });
};

const withProps = (ctx, props) =>
  new Proxy(ctx, {
    get(target, name) {
      if (name === "props") return props;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

export class Engine extends Instances {
  constructor(ctx, env) {
    super(ctx, env);
    const { workflowClass, ...props } = ctx.props;
    const run = (event, step) => {
      guard(step);
      return workflowClass.run(event, step);
    };
    const value = withProps(ctx, { ...props, workflowClass: { run } });
    Object.defineProperty(this, "ctx", { value });
  }
}
