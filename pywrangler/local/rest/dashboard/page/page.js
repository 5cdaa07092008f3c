// Shows the view that the address names. Each view stops what it started when another one opens.

import { hasKey } from "./api.js";
import { data } from "./data.js";
import { el } from "./dom.js";
import { collect, logs } from "./logs.js";
import { overview } from "./overview.js";
import { requests } from "./requests.js";
import { terminal } from "./terminal.js";

const VIEWS = { "#/": overview, "#/logs": logs, "#/requests": requests, "#/data": data };
const TERMINAL = /^#\/terminal\/([0-9A-Za-z-]+)$/;

const view = document.getElementById("view");
const status = document.getElementById("connection");
let current = null;

function connection(words, isBad = false) {
  if (status.textContent === words) return;
  status.textContent = words;
  status.classList.toggle("bad", isBad);
}

async function show() {
  current?.abort();
  current = new AbortController();
  const [, instance] = TERMINAL.exec(location.hash) ?? [];
  const name = VIEWS[location.hash] ? location.hash : "#/";
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.hash === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const { signal } = current;
  try {
    await (instance ? terminal(view, signal, connection, instance) : VIEWS[name](view, signal, connection));
  } catch (error) {
    if (!signal.aborted)
      view.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message));
  }
}

if (hasKey()) {
  collect(new AbortController().signal);
  addEventListener("hashchange", show);
  show();
} else {
  connection("not let in", true);
  view.replaceChildren(
    el(
      "p",
      {},
      "This tab has no key for the platform. Run ",
      el("code", {}, "pywrangler dashboard"),
      " for a new link.",
    ),
  );
}
