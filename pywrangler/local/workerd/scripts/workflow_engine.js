// Runs Workflows: workerd's own engine (2026-11), which waits in a busy loop for a time that is no number,
// and does so again after a restart.

import { Engine as Instances, WorkflowBinding } from "workflows.js";

export { WorkflowBinding };

const LATEST = 8.64e15; // of a Date
const isTime = (value) => Number.isFinite(value) && Math.abs(value) <= LATEST;

const checked = (method, check) =>
  function (name, time) {
    check(time);
    return method.call(this, name, time);
  };

const guarded = new WeakSet();

const guard = (step) => {
  const steps = Object.getPrototypeOf(step);
  if (guarded.has(steps)) return;
  guarded.add(steps);
  const { sleep, sleepUntil } = steps;
  steps.sleep = checked(sleep, (duration) => {
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
