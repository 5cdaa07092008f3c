// Makes elements. Text is always set as text, so that no name or log line can become markup.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// A table whose rows become blocks on a narrow screen. A cell is a text, an element, or {class, content}.
export function table(columns, rows, empty) {
  if (!rows.length) return el("p", { class: "note" }, empty);
  const cell = (value, at) => {
    const { content = "-", ...rest } = value?.content !== undefined ? value : { content: value ?? "-" };
    return el("td", { ...rest, "data-name": columns[at] || null }, content);
  };
  return el(
    "table",
    { class: "stack" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        columns.map((name) => el("th", { scope: "col" }, name)),
      ),
    ),
    el(
      "tbody",
      {},
      rows.map((row) => el("tr", {}, row.map(cell))),
    ),
  );
}

export const state = (name) => el("span", { class: `state ${name}` }, name);

export const facts = (pairs) =>
  el(
    "dl",
    { class: "facts" },
    Object.entries(pairs).map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value ?? "-")),
    ),
  );

export const short = (id) => el("span", { class: "id", title: id }, id.slice(0, 12));

export function age(from, now) {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(from)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export function bytes(count) {
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (count < 1024 || unit === "GiB")
      return `${count < 10 && unit !== "B" ? count.toFixed(1) : Math.round(count)} ${unit}`;
    count /= 1024;
  }
}

export function clock(time) {
  const moment = new Date(time);
  const today = moment.toDateString() === new Date().toDateString();
  return today ? moment.toLocaleTimeString() : moment.toLocaleString();
}

// Asks in a dialog; resolves to whether the user continues.
export function confirmed(question) {
  const dialog = document.getElementById("question");
  dialog.querySelector("p").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// Replaces the children only when they differ, so that the focus, a selection and the scroll position stay.
export function show(element, ...children) {
  const next = el("div", {}, children);
  if (element.innerHTML !== next.innerHTML) element.replaceChildren(...next.childNodes);
}
