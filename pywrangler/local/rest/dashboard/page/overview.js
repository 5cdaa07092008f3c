// Workers, and applications with their instances, renewed every second or so.

import { call, get } from "./api.js";
import { age, bytes, confirmed, el, facts, short, state, table } from "./dom.js";

const RENEW_MS = 1500;
const GRACE_SECONDS = 10; // as docker's own commands give

export function overview(view, signal, connection) {
  let busy = false;
  let problem = null;

  const act = (question, path, body) => async () => {
    if (!(await confirmed(question))) return;
    busy = true;
    try {
      await call(path, { method: "POST", body });
      problem = null;
    } catch (error) {
      problem = error.message;
    }
    busy = false;
    await renew();
  };

  const actions = (instance) => {
    if (!["running", "starting"].includes(instance.state)) return "";
    const named = instance.name ?? instance.id.slice(0, 12);
    const chosen = { instances: [instance.id], grace_seconds: GRACE_SECONDS };
    return [
      instance.state === "running" ? el("a", { href: `#/terminal/${instance.id}` }, "Terminal") : "",
      " ",
      el(
        "button",
        { onclick: act(`Restart the instance ${named}?`, "/local/instances/restart", chosen) },
        "Restart",
      ),
      " ",
      el(
        "button",
        { onclick: act(`Stop the instance ${named}?`, "/local/instances/stop", chosen) },
        "Stop",
      ),
    ];
  };

  const instances = (application, now, usage) =>
    table(
      ["Instance", "Name", "State", "Age", "CPU", "Memory", "Version", "Reason", ""],
      application.instances.map((each) => [
        short(each.id),
        each.name ?? el("span", { class: "id" }, each.durable_object_id.slice(0, 12)),
        state(each.state),
        { class: "number", content: age(each.started_at ?? each.created_at, each.stopped_at ?? now) },
        { class: "number", content: percent(usage[each.id]?.cpu_percent) },
        { class: "number", content: usage[each.id] ? bytes(usage[each.id].memory_bytes) : "-" },
        { class: "number", content: String(each.version) },
        reason(each),
        { class: "actions", content: el("span", {}, actions(each)) },
      ]),
      "No instance has been started.",
    );

  const draw = (found, usage) => {
    const workers = table(
      ["Worker", "State", "Address", "Version", "Deployed"],
      found.workers.map((each) => [
        each.name,
        el(
          "span",
          {},
          state(each.state),
          each.error ? el("div", { class: "problem" }, each.error) : null,
        ),
        el("a", { href: each.url, target: "_blank", rel: "noreferrer" }, each.url),
        short(each.version_id),
        { class: "number", content: `${age(each.modified_on, found.now)} ago` },
      ]),
      "No Worker is deployed. Run `pywrangler deploy` in a project.",
    );
    const applications = found.applications.map((each) =>
      el(
        "div",
        { class: "card" },
        el("h3", {}, each.name, el("small", {}, `class ${each.class_name} of ${each.worker}`)),
        facts({
          image: each.image,
          version: String(each.version),
          instances: `${alive(each).length} of at most ${each.max_instances ?? "-"}`,
          size: `${each.vcpu ?? "-"} vCPU, ${each.memory_mib ?? "-"} MiB`,
          rollout: each.rollout
            ? `${each.rollout.status} (version ${each.rollout.target_version})`
            : "none",
        }),
        el("div", { class: "scroll" }, instances(each, found.now, usage)),
      ),
    );
    const engine = found.engine.reachable ? `Docker Engine ${found.engine.version}` : found.engine.error;
    connection(`pywrangler ${found.version}, ${engine}`, !found.engine.reachable);
    view.replaceChildren(
      problem ? el("p", { class: "problem", role: "alert" }, problem) : "",
      el("section", {}, el("h2", {}, "Workers"), el("div", { class: "card scroll" }, workers)),
      el("section", {}, el("h2", {}, "Applications"), ...(applications.length ? applications : [none()])),
    );
  };

  let drawn = "";
  async function renew() {
    try {
      const [found, usage] = await Promise.all([get("/overview"), get("/usage")]);
      if (signal.aborted || busy) return;
      // The age of things changes each second; a button that has the focus is not replaced for that.
      const isFocused =
        view.contains(document.activeElement) && ["A", "BUTTON"].includes(document.activeElement.tagName);
      const { now, ...lasting } = found;
      const next = JSON.stringify([lasting, problem]);
      if (isFocused && next === drawn) return;
      drawn = next;
      draw(found, usage);
    } catch (error) {
      if (!signal.aborted) connection(error.message, true);
    }
  }

  renew();
  const timer = setInterval(renew, RENEW_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

const percent = (share) => (share === null || share === undefined ? "-" : `${share.toFixed(1)} %`);

const alive = (application) => application.instances.filter((each) => !each.stopped_at);

const none = () => el("p", { class: "note" }, "No Worker with a container is deployed.");

function reason(instance) {
  const parts = [instance.reason, instance.oom_killed ? "out of memory" : null];
  const isSaid = /\bcode \d/.test(instance.reason ?? "");
  if (instance.exit_code !== null && !isSaid) parts.push(`exit code ${instance.exit_code}`);
  return parts.filter(Boolean).join(", ") || "-";
}
