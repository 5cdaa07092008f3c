// Requests of one Worker while this view is open: how many, how quick, how many failed.

import { follow, get } from "./api.js";
import { clock, el, facts, state, table } from "./dom.js";

const MOST = 300;
const WINDOW_MS = 60_000;

export async function requests(view, signal) {
  const workers = (await get("/local/status")).workers.map((each) => each.name);
  if (signal.aborted) return;
  const numbers = el("div");
  const list = el("div", { class: "scroll" });
  let watching = null;
  let events = [];
  let began = Date.now();

  const draw = () => {
    const now = Date.now();
    const recent = events.filter((each) => now - each.eventTimestamp < WINDOW_MS);
    const times = recent.map((each) => each.wallTime ?? 0).sort((a, b) => a - b);
    const at = (share) =>
      times.length ? `${times[Math.min(times.length - 1, Math.floor(times.length * share))]} ms` : "-";
    const seconds = Math.max(1, Math.min(WINDOW_MS, now - began) / 1000);
    const failed = recent.filter((each) => each.outcome !== "ok").length;
    numbers.replaceChildren(
      facts({
        "calls per second": (recent.length / seconds).toFixed(2),
        median: at(0.5),
        "95 of 100 below": at(0.95),
        failed: String(failed),
      }),
    );
    list.replaceChildren(
      table(
        ["Time", "Outcome", "Call", "Status", "Took"],
        events
          .slice(-100)
          .reverse()
          .map((each) => [
            { class: "number", content: clock(each.eventTimestamp) },
            el(
              "span",
              {},
              state(each.outcome),
              ...each.exceptions.map((e) => el("div", { class: "problem" }, `${e.name}: ${e.message}`)),
            ),
            described(each.event),
            { class: "number", content: String(each.event?.response?.status ?? "-") },
            { class: "number", content: `${each.wallTime ?? "-"} ms` },
          ]),
        "No call has ended since this view was opened.",
      ),
    );
  };

  const watch = (worker) => {
    watching?.abort();
    watching = new AbortController();
    events = [];
    began = Date.now();
    draw();
    follow(`/local/workers/${encodeURIComponent(worker)}/tail`, watching.signal, {
      reset: () => {},
      take: (more) => {
        events = [...events, ...more.filter((each) => each.outcome)].slice(-MOST);
        draw();
      },
      failed: (error) => list.replaceChildren(el("p", { class: "problem" }, error.message)),
    });
  };

  signal.addEventListener("abort", () => watching?.abort());
  const choice = el(
    "select",
    { onchange: () => watch(choice.value) },
    workers.map((name) => el("option", {}, name)),
  );
  view.replaceChildren(
    el("div", { class: "tools" }, el("label", {}, "Worker", choice)),
    el(
      "p",
      { class: "note" },
      "Calls are followed while this view is open; that restarts the Worker's runtime once.",
    ),
    el("div", { class: "card" }, numbers, list),
  );
  if (workers.length) watch(workers[0]);
  else list.replaceChildren(el("p", { class: "note" }, "No Worker is deployed."));
}

function described(event) {
  if (event?.request) return `${event.request.method} ${new URL(event.request.url).pathname}`;
  if (event?.cron) return `cron ${event.cron}`;
  if (event?.queue) return `queue ${event.queue}`;
  return event?.scheduledTime ? "alarm" : (event?.rpcMethod ?? "call");
}
