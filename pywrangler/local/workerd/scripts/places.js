// The places under `max_instances` of one application, for all nodes of a cluster: one Durable Object each,
// which all nodes ask.

import { DurableObject } from "cloudflare:workers";

export class Places extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS places (object TEXT PRIMARY KEY, run TEXT, claim TEXT)");
  }

  // Whether the container of this object may start. `live` are the runs of nodes that are alive, if known:
  // the places of others are free.
  take({ object, run, claim, max, live }) {
    if (live !== null) {
      for (const row of [...this.sql.exec("SELECT DISTINCT run FROM places")])
        if (!live.includes(row.run)) this.sql.exec("DELETE FROM places WHERE run = ?", row.run);
    }
    const taken = this.sql.exec("SELECT COUNT(*) AS n FROM places WHERE object != ?", object).one().n;
    if (taken >= max) return false;
    this.sql.exec("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", object, run, claim);
    return true;
  }

  // The object may have taken another place meanwhile, which stays.
  leave({ object, claim }) {
    this.sql.exec("DELETE FROM places WHERE object = ? AND claim = ?", object, claim);
    return true;
  }
}

const CALLS = ["take", "leave"];

export default {
  async fetch(request, env) {
    try {
      const { application, call, ...rest } = await request.json();
      if (!CALLS.includes(call)) throw new Error(`there is no call ${call}`);
      return Response.json({ result: await env.PLACES.getByName(application)[call](rest) });
    } catch (error) {
      return Response.json({ error: error.message });
    }
  },
};
