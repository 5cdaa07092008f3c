// Which namespace, database or queue a request over HTTP is for: see products/sockets.py.

const TARGET = "PW-Target";

export const targetOf = (request) => {
  const target = request.headers.get(TARGET);
  return target === null ? undefined : decodeURIComponent(target);
};

// What a caller reads when the process could not do its work. workerd gives no reason then.
export const failure = (text) => `the local platform could not read or write (${text}): see its platform.log`;

// A request for `url` with the content of another one. `quoted` is the target in percent-encoding.
export const requestFor = (quoted, url, request) => {
  const targeted = new Request(url, request);
  targeted.headers.set(TARGET, quoted);
  return targeted;
};
