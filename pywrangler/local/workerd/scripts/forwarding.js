// Objects that hand on every call by RPC to another object, which they first have to find.

// What workerd itself asks an entrypoint or a Durable Object for, and `then`, which would make it a promise.
const RUNTIME_NAMES = new Set([
  ...["alarm", "connect", "scheduled", "self", "tail", "tailStream", "test", "then", "trace"],
  ...["webSocketClose", "webSocketError", "webSocketMessage"],
]);

// A member of a target that is not known yet: called it is a method, awaited it is a property. `visit(use)` finds
// the target, and gives what `use(target)` comes to.
const member = (visit, name) => {
  const call = (...values) => visit((target) => target[name](...values));
  call.then = (resolve, reject) => visit((target) => target[name]).then(resolve, reject);
  return call;
};

// `own` with every name that it does not have itself handed on to the target of `visit`.
export const forwarding = (own, visit) =>
  new Proxy(own, {
    get(subject, name) {
      if (Reflect.has(subject, name)) return Reflect.get(subject, name);
      if (typeof name !== "string" || RUNTIME_NAMES.has(name)) return undefined;
      return member(visit, name);
    },
  });
