// The platform's control Worker in the workerd that holds D1 databases: `/<database>/query` and
// `/<database>/execute`, as D1's binding calls them.

import { requestFor } from "targets.js";

export { Presence } from "presence.js";

export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const [, database, operation] = pathname.split("/");
    return env.CALLS.fetch(requestFor(database, `http://d1/${operation}${search}`, request));
  },
};
