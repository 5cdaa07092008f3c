// Serves D1 databases: workerd's own Worker, which also takes the database from a header of the request.

import Databases, { D1Database } from "d1.js";
import { targetOf } from "targets.js";

export { D1Database };

export default class extends Databases {
  fetch(request) {
    const database = targetOf(request);
    if (database !== undefined) Object.defineProperty(this, "ctx", { value: { props: { database } } });
    return super.fetch(request);
  }
}
