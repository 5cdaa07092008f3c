// The interface of a dispatch namespace: `get(name)` is a Worker, which is looked for with each call of it.

// Names of which a Worker has no methods.
const NO_METHODS = new Set(["then", "catch", "finally", "toJSON"]);
const HEADER = "X-Pywrangler-Dispatch";

const workerOf = (dispatcher, name) => {
  const fetch = (input, init) => {
    const request = new Request(input, init);
    request.headers.set(HEADER, encodeURIComponent(name));
    return dispatcher.fetch(request);
  };
  const get = (_, member) => {
    if (typeof member !== "string" || NO_METHODS.has(member)) return undefined;
    return member === "fetch" ? fetch : (...values) => dispatcher.call(name, member, values);
  };
  return new Proxy({}, { get });
};

export default ({ dispatcher }) => ({
  get(name) {
    if (typeof name !== "string") throw new TypeError("The name of the Worker must be a string.");
    return workerOf(dispatcher, name);
  },
});
