const ROWS_OF_A_BATCH = 20;
const MESSAGES_OF_A_BATCH = 100;
const BODY = { text: "x".repeat(100) };

const LARGE = new Uint8Array(16 * 1024 * 1024);

let consumed = 0;

const insert = (env, i) => env.DB.prepare("INSERT INTO rows (text) VALUES (?)").bind(`row ${i}`);

// Each does one operation; `i` counts them.
const operations = {
  d1_insert: (env, i) => insert(env, i).run(),
  d1_select: (env, i) => env.DB.prepare("SELECT * FROM rows WHERE id = ?").bind((i % 50) + 1).first(),
  d1_batch: (env, i) => env.DB.batch(Array.from({ length: ROWS_OF_A_BATCH }, () => insert(env, i))),
  r2_put: (env, i) => env.FILES.put(`key ${i % 100}`, BODY.text),
  r2_get: async (env, i) => (await env.FILES.get(`key ${i % 100}`)).text(),
  r2_head: (env, i) => env.FILES.head(`key ${i % 100}`),
  r2_list: (env) => env.FILES.list({ limit: 100 }),
  r2_put_large: (env) => env.FILES.put("large", LARGE),
  r2_get_large: async (env) => (await env.FILES.get("large")).body.pipeTo(new WritableStream()),
  kv_put: (env, i) => env.KV.put(`key ${i % 100}`, BODY.text),
  kv_get: (env, i) => env.KV.get(`key ${i % 100}`),
  kv_list: (env) => env.KV.list({ limit: 100 }),
  queue_send: (env) => env.KEPT.send(BODY),
  queue_send_consumed: (env) => env.WAITING.send(BODY),
  queue_send_batch: (env) => env.KEPT.sendBatch(Array(MESSAGES_OF_A_BATCH).fill({ body: BODY })),
  queue_consume: async (env, i) => {
    const wanted = (i + 1) * MESSAGES_OF_A_BATCH;
    await env.CONSUMED.sendBatch(Array(MESSAGES_OF_A_BATCH).fill({ body: BODY }));
    while (consumed < wanted) await scheduler.wait(1);
  },
};

const repeat = async (times, side, operate) => {
  let next = 0;
  const work = async () => {
    while (next < times) await operate(next++);
  };
  await Promise.all(Array.from({ length: side }, work));
};

/** `/NAME?times=100&side=4` does an operation so often, so many of them side by side. */
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const operate = operations[pathname.slice(1)];
    if (pathname === "/set-up") {
      await env.DB.exec("DROP TABLE IF EXISTS rows; CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)");
      await repeat(50, 1, (i) => insert(env, i).run());
      await repeat(100, 4, (i) => operations.r2_put(env, i));
      return new Response("ready");
    }
    consumed = 0;
    const side = Number(searchParams.get("side") ?? 1);
    await repeat(Number(searchParams.get("times")), side, (i) => operate(env, i));
    return new Response("done");
  },
  queue(batch) {
    if (batch.queue === "bench-consumed") consumed += batch.messages.length;
  },
};
