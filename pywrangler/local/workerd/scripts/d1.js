// The platform's control Worker in the workerd that holds D1 databases: `/<database>/query` and
// `/<database>/execute`, as D1's binding calls them. PROCESSES gives the process itself, since only its debug
// port lets a database be chosen with each request.

export { Presence } from "presence.js";

export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const [, quoted, operation] = pathname.split("/");
    const database = decodeURIComponent(quoted);
    const entrypoint = env.PROCESSES.current().getEntrypoint("d1", undefined, { database });
    return entrypoint.fetch(`http://d1/${operation}${search}`, request);
  },
};
