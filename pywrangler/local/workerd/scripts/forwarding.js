// Objects that forward every call by RPC to another object, which they must find first.

// What workerd itself asks an entrypoint or a Durable Object for, and `then`, which would make it a promise.
const RUNTIME_NAMES = new Set([
  ...["alarm", "connect", "scheduled", "self", "tail", "tailStream", "test", "then", "trace"],
  ...["webSocketClose", "webSocketError", "webSocketMessage"],
]);

const follow = (target, path) => path.reduce((owner, name) => owner[name], target);

// A member of a target that is not known yet, or a member of a member: called it is a method, awaited it is a
// property. `visit(use)` finds the target, and returns the result of `use(target)`.
const member = (visit, path) => {
  const owners = path.slice(0, -1);
  const call = (...values) => visit((target) => follow(target, owners)[path.at(-1)](...values));
  call.then = (resolve, reject) => visit((target) => follow(target, path)).then(resolve, reject);
  const isOwn = (name) => name === "then" || typeof name !== "string";
  const get = (own, name) => (isOwn(name) ? own[name] : member(visit, [...path, name]));
  // workerd looks at own properties only.
  const anything = { writable: true, enumerable: true, configurable: true };
  const describe = (own, name) => ({ value: get(own, name), ...anything });
  return new Proxy(call, { get, getOwnPropertyDescriptor: describe });
};

// `own`; every name that it does not have itself is forwarded to the target of `visit`.
export const forwarding = (own, visit) =>
  new Proxy(own, {
    get(subject, name) {
      if (Reflect.has(subject, name)) return Reflect.get(subject, name);
      if (typeof name !== "string" || RUNTIME_NAMES.has(name)) return undefined;
      return member(visit, [name]);
    },
  });
