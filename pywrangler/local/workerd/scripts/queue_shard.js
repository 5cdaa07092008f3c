// Messages of queues that clients pull: workerd's own object (2026-11), and what its module does not have.
//
// A message that was pulled is hidden by its `visible_at` until its lease ends. It counts as a failed attempt
// until it is acknowledged. It is not leased in workerd's sense: that lease ends when the object leaves the
// memory. A message goes by becoming too old, because only workerd's code keeps its counts.

import { QueueShard as Messages } from "queues.js";

const VISIBLE = "lease IS NULL AND dead = 0 AND visible_at <= ?";
const COLUMNS = "seq INTEGER PRIMARY KEY, lease TEXT NOT NULL, until REAL NOT NULL";
const TABLE = `CREATE TABLE IF NOT EXISTS pulled (${COLUMNS})`;
const LARGEST_DEAD_BATCH = 20;

export class QueueShard extends Messages {
  #queue;

  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec(TABLE);
  }

  // Up to `limit` messages, leased for `visible_ms`; and how many messages there are.
  pull(queue, { limit, visible_ms, max_retries }) {
    this.#queue = queue;
    const now = Date.now();
    this.#exec(`UPDATE messages SET dead = 1 WHERE ${VISIBLE} AND attempts > ?`, now, max_retries);
    const columns = "seq, id, format, body, timestamp, attempts + 1 AS attempts";
    const query = `SELECT ${columns} FROM messages WHERE ${VISIBLE} ORDER BY visible_at, seq LIMIT ?`;
    const messages = this.#exec(query, now, limit).toArray();
    for (const message of messages) {
      message.lease = crypto.randomUUID();
      const until = now + visible_ms;
      const change = "UPDATE messages SET visible_at = ?, attempts = attempts + 1 WHERE seq = ?";
      this.#exec(change, until, message.seq);
      this.#exec("INSERT OR REPLACE INTO pulled VALUES (?, ?, ?)", message.seq, message.lease, until);
    }
    return { messages, metrics: this.#metrics() };
  }

  // Ends leases: `retries` with their `delay` in seconds. The result has the leases that had ended before.
  settle(queue, { acks, retries, max_retries }) {
    this.#queue = queue;
    const ended = [];
    const end = ({ seq, lease }) => {
      const held = "DELETE FROM pulled WHERE seq = ? AND lease = ? AND until > ? RETURNING seq";
      if (this.#exec(held, seq, lease, Date.now()).toArray().length === 1) return true;
      ended.push(lease);
      return false;
    };
    this.drop(queue, acks.filter(end).map(({ seq }) => seq));
    for (const { seq, delay } of retries.filter(end)) {
      const change = "UPDATE messages SET visible_at = ?, dead = attempts > ? WHERE seq = ?";
      this.#exec(change, Date.now() + delay * 1000, max_retries, seq);
    }
    return ended;
  }

  // Messages whose attempts are spent, for a dead letter queue. They stay until they are dropped.
  dead() {
    const query = "SELECT seq, id, format, body, timestamp FROM messages WHERE dead = 1 LIMIT ?";
    return this.#exec(query, LARGEST_DEAD_BATCH).toArray();
  }

  // Removes messages.
  drop(queue, numbers) {
    this.#queue = queue;
    for (const seq of numbers) {
      this.#exec("DELETE FROM pulled WHERE seq = ?", seq);
      this.#exec("UPDATE messages SET timestamp = 0 WHERE seq = ?", seq);
    }
    if (numbers.length > 0) this.#metrics();
  }

  #exec(query, ...values) {
    return this.ctx.storage.sql.exec(query, ...values);
  }

  // This also sweeps what is too old.
  #metrics() {
    return JSON.parse(this.call(this.#queue, "/metrics").body);
  }
}
