// What the REST API asks about Workflows of the Worker. Bindings: "flow:<name>" is the engine's interface to
// a Workflow, "instances:<name>" the namespace of its instances, which are objects named by their ids.

// The events of an instance that still runs have no end. Those that arrive within this time after the last
// one existed before the question.
const SILENCE_MS = 150;
const AT_ONCE = 100;
const STATUSES = [
  ...["queued", "running", "paused", "errored", "terminated", "complete"],
  ...["waitingForPause", "waiting"],
]; // by the engine's numbers (workerd 2026-11)

const find = (env, kind, workflow) => {
  const found = env[`${kind}:${workflow}`];
  if (!found) throw new Error(`The Worker that runs has no Workflow ${workflow}.`);
  return found;
};

// One instance as a list shows it; undefined for a deleted one, which leaves an empty object.
const summary = async (object) => {
  try {
    const { instanceId, status, createdOn } = await object.getInstanceMetadata();
    return { id: instanceId, status: STATUSES[status] ?? "unknown", created_on: createdOn };
  } catch {
    return undefined;
  }
};

const eventsOf = async (instance) => {
  using subscription = await instance.subscribe({});
  const events = [];
  for (;;) {
    const next = await Promise.race([subscription.next(), scheduler.wait(SILENCE_MS)]);
    if (!next || next.done) return events;
    const { output, ...event } = next.value;
    if (output instanceof ReadableStream) await output.cancel();
    else if (output !== undefined) event.output = output;
    events.push(event);
  }
};

// A command says what cannot be resumed; a binding does not.
const resume = async (flow, { id }) => {
  const { status } = await flow.status(id);
  if (!["paused", "waitingForPause"].includes(status)) {
    throw new Error(
      `WorkflowError: (instance.cannot_resume) Cannot resume instance with status "${status}"`,
    );
  }
  return flow.resume(id);
};

const CHANGES = {
  pause: (flow, { id }) => flow.pause(id),
  resume,
  restart: (flow, { id, from }) => flow.restart(id, from ? { from } : undefined),
  terminate: (flow, { id, rollback }) => flow.terminate(id, rollback ? { rollback: true } : undefined),
};

export const flowRoutes = {
  "POST /workflow/create": async ({ workflow, ...options }, env) => {
    const { id } = await find(env, "flow", workflow).create(options);
    return { id, status: (await find(env, "flow", workflow).status(id)).status };
  },
  "POST /workflow/list": async ({ workflow, names, ids }, env) => {
    const namespace = find(env, "instances", workflow);
    const objects = [
      ...names.map((name) => () => namespace.getByName(name)),
      ...ids.map((id) => () => namespace.get(namespace.idFromString(id))),
    ];
    const found = [];
    while (objects.length) {
      const next = objects.splice(0, AT_ONCE);
      found.push(...(await Promise.all(next.map((get) => summary(get())))));
    }
    return { instances: found.filter(Boolean) };
  },
  "POST /workflow/show": async ({ workflow, id }, env) => {
    const flow = find(env, "flow", workflow);
    const { status, output, error } = await flow.status(id);
    const events = await eventsOf(find(env, "instances", workflow).getByName(id));
    return { status, output, error: error ?? null, events };
  },
  "POST /workflow/change": async ({ workflow, action, ...options }, env) => {
    const flow = find(env, "flow", workflow);
    await CHANGES[action](flow, options);
    return { status: (await flow.status(options.id)).status };
  },
  "POST /workflow/send": async ({ workflow, id, type, payload }, env) => {
    await find(env, "flow", workflow).sendEvent(id, { type, payload });
    return {};
  },
  "POST /workflow/delete": ({ workflow, instances }, env) =>
    find(env, "flow", workflow).deleteBatch({ instances }),
};

// JSON has no big integers, which a Workflow may return.
export const withoutBigIntegers = (key, value) => (typeof value === "bigint" ? value.toString() : value);
