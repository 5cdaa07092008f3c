// Implements bindings that only Cloudflare has: every call fails with the reason in the props.

import { WorkerEntrypoint } from "cloudflare:workers";

export class Absent extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    const fail = () => {
      throw new Error(ctx.props.reason);
    };
    const get = (target, name) => (typeof name === "string" ? fail : Reflect.get(target, name));
    return new Proxy(this, { get });
  }
}

export default {};
