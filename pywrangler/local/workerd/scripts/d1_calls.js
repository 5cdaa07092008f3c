// Serves D1 databases: workerd's own Worker, which also takes the database from a header of the request.

import Databases, { D1Database as Statements } from "d1.js";
import { targetOf } from "targets.js";

const BUSY = "can only be executed once at a time";

// In the words of Wrangler's local development (4.164), where workerd's own code has others.
const check = ({ sql }) => {
  if (typeof sql !== "string") throw new Error("Failed to parse body as JSON, got: ZodError");
  if (/^[\s;]*;[\s;]*$/.test(sql)) throw new Error("SQL code did not contain a statement.");
};

export class D1Database extends Statements {
  #repeats = 0;

  run(queries, bookmarked) {
    queries.forEach(check);
    try {
      return super.run(queries, bookmarked);
    } catch (error) {
      if (!error.message.includes(BUSY)) throw error;
      // A text of several statements does not run twice if an earlier one returns rows (workerd 2026-11). The
      // transaction was rolled back.
      const others = queries.map((query) => ({ ...query, sql: `/*${(this.#repeats += 1)}*/${query.sql}` }));
      return super.run(others, bookmarked);
    }
  }
}

export default class extends Databases {
  fetch(request) {
    const database = targetOf(request);
    if (database !== undefined) Object.defineProperty(this, "ctx", { value: { props: { database } } });
    return super.fetch(request);
  }
}
