// All logs in one list, filtered by source and by text.

import { follow } from "./api.js";
import { clock, el } from "./dom.js";

const MOST_LINES = 5000;
const SHOWN_LINES = 1500;
// New lines of several sources may be so late without being sorted in.
const LATE_MS = 200;

// One list for the whole page: lines that come while another view is open are there when this one opens.
const lines = [];
const listeners = new Set();

const at = (line) => Date.parse(line.time);
const byTime = (one, other) => at(one) - at(other);

export function collect(signal) {
  follow("/stream?tail=100", signal, {
    reset: () => lines.splice(0),
    take: (more) => {
      // What was written before the page was opened comes source by source.
      more.sort(byTime);
      const isLate = lines.length && more.length && at(more[0]) < at(lines.at(-1)) - LATE_MS;
      lines.push(...more);
      if (isLate) lines.sort(byTime);
      if (lines.length > MOST_LINES) lines.splice(0, lines.length - MOST_LINES);
      for (const tell of listeners) tell(more, isLate);
    },
  });
}

const sourceOf = (line) => (line.source === "container" ? `${line.of} (containers)` : line.of);

export function logs(view, signal) {
  let wanted = "";
  let source = "";
  const isShown = (line) =>
    (!source || sourceOf(line) === source) &&
    (source || line.source !== "platform") &&
    (!wanted ||
      `${line.of} ${line.durable_object_name ?? ""} ${line.text}`.toLowerCase().includes(wanted));

  const list = el("div", { class: "log", tabindex: "0", role: "log", "aria-label": "Log lines" });
  const choice = el("select", { onchange: () => ((source = choice.value), fill()) });
  const search = el("input", {
    type: "search",
    placeholder: "Text",
    "aria-label": "Only lines with this text",
    oninput: () => ((wanted = search.value.toLowerCase()), fill()),
  });
  const counted = el("span", { class: "note" });

  const draw = (line) => {
    const instance = line.durable_object_name ?? line.instance?.slice(0, 12);
    return el(
      "div",
      { class: `${line.stream} ${line.source}` },
      el("time", { datetime: line.time }, clock(line.time)),
      " ",
      el("span", { class: "of" }, instance ? `${line.of}/${instance}` : line.of),
      " ",
      el("span", { class: "text" }, line.text),
    );
  };

  function fill() {
    const shown = lines.filter(isShown);
    list.replaceChildren(...shown.slice(-SHOWN_LINES).map(draw));
    list.scrollTop = list.scrollHeight;
    sources();
  }

  function sources() {
    const names = ["", ...new Set(lines.map(sourceOf))].sort();
    counted.textContent = `${lines.filter(isShown).length} lines`;
    if (names.join("\n") === [...choice.options].map((each) => each.value).join("\n")) return;
    choice.replaceChildren(
      ...names.map((name) => el("option", { value: name }, name || "all Workers and containers")),
    );
    choice.value = source;
  }

  function add(more, isLate) {
    // Who reads further up stays there.
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    if (isLate) {
      const top = list.scrollTop;
      fill();
      if (!isAtEnd) list.scrollTop = top;
      return;
    }
    list.append(...more.filter(isShown).map(draw));
    while (list.childElementCount > SHOWN_LINES) list.firstElementChild.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
    sources();
  }

  listeners.add(add);
  signal.addEventListener("abort", () => listeners.delete(add));
  view.replaceChildren(
    el(
      "div",
      { class: "tools" },
      el("label", {}, "Log of", choice),
      search,
      el("button", { onclick: () => (lines.splice(0), fill()) }, "Clear"),
      counted,
    ),
    list,
  );
  fill();
}
