// Clients pull messages of a queue from all objects that keep some, and acknowledge them. A lease names its
// object.

const FORMATS = ["v8", "text", "json", "bytes"];

const base64 = (bytes) => {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
};

const shardOf = (env, id) => env.SHARD.get(env.SHARD.idFromString(id));

// As Cloudflare encodes them (documented): text is text, everything else is in base64.
const shown = (shard, { seq, id, format, body, timestamp, attempts, lease }) => ({
  id,
  timestamp_ms: timestamp,
  attempts,
  body: FORMATS[format] === "text" ? new TextDecoder().decode(body) : base64(body),
  lease_id: btoa(JSON.stringify([shard, seq, lease])),
  metadata: { "CF-Content-Type": FORMATS[format], "CF-sourceMessageSource": "producer" },
});

// Moves messages whose attempts are spent to the dead letter queue of this name; without one, removes them. A
// crash in between moves them again.
const bury = async (env, stub, queue, target) => {
  for (;;) {
    const letters = await stub.dead();
    if (letters.length === 0) return;
    for (const { id, timestamp, format, body } of target ? letters : []) {
      const letter = { id, timestamp, contentType: FORMATS[format], body: base64(body) };
      const headers = { "PW-Target": encodeURIComponent(target) };
      const sent = JSON.stringify({ messages: [letter] });
      const response = await env.CALLS.fetch("http://queue/batch", { method: "POST", headers, body: sent });
      if (!response.ok) throw new Error(`the dead letter queue refused a message: ${await response.text()}`);
    }
    await stub.drop(queue, letters.map(({ seq }) => seq));
  }
};

export const pull = async ({ queue, shards, limit, dead_letter_queue, ...settings }, env) => {
  const found = { messages: [], backlog_count: 0, backlog_bytes: 0 };
  const times = [];
  for (const id of shards) {
    const stub = shardOf(env, id);
    const wanted = { ...settings, limit: limit - found.messages.length };
    const { messages, metrics } = await stub.pull(queue, wanted);
    await bury(env, stub, queue, dead_letter_queue);
    found.messages.push(...messages.map((message) => shown(id, message)));
    found.backlog_count += metrics.backlogCount;
    found.backlog_bytes += metrics.backlogBytes;
    if (metrics.oldestMessageTimestamp > 0) times.push(metrics.oldestMessageTimestamp);
  }
  return { ...found, oldest_message_timestamp_ms: times.length > 0 ? Math.min(...times) : 0 };
};

const parsed = (lease) => {
  try {
    const [shard, seq, secret] = JSON.parse(atob(lease));
    return { shard, seq, lease: secret };
  } catch {
    return {};
  }
};

export const settle = async ({ queue, shards, acks, retries, dead_letter_queue, ...settings }, env) => {
  const all = [...acks.map((each) => ({ ...each, isAck: true })), ...retries];
  const leases = all.map((each) => ({ ...each, ...parsed(each.lease_id) }));
  const ended = new Set(leases.filter(({ shard }) => !shards.includes(shard)));
  for (const id of shards) {
    const mine = leases.filter(({ shard }) => shard === id);
    if (mine.length === 0) continue;
    const stub = shardOf(env, id);
    const gone = await stub.settle(queue, {
      ...settings,
      acks: mine.filter(({ isAck }) => isAck),
      retries: mine.filter(({ isAck }) => !isAck),
    });
    for (const each of mine) if (gone.includes(each.lease)) ended.add(each);
    await bury(env, stub, queue, dead_letter_queue);
  }
  return { ended: [...ended].map(({ lease_id }) => lease_id) };
};
