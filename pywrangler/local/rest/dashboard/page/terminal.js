// A terminal in an instance. Everything that is typed goes to the program, the Tab key too, so Shift+Escape
// leaves the terminal for the buttons above it.

import { socket } from "./api.js";
import { el } from "./dom.js";
import { typed } from "./keys.js";
import { Screen } from "./screen.js";
import { dress } from "./styles.js";

const SETTLE_MS = 60;

export function terminal(view, signal, connection, id) {
  const status = el("span", { role: "status", class: "note" }, "connecting");
  const again = el("button", { hidden: true, onclick: () => open() }, "Open again");
  const back = el("a", { href: "#/" }, "Back to the overview");
  const past = el("div", {});
  const lines = el("div", {});
  const pre = el("pre", { class: "terminal-lines" }, past, lines);
  const input = el("textarea", {
    class: "terminal-input",
    "aria-label": "Terminal. Shift+Escape leaves it.",
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: "false",
  });
  const box = el("div", { class: "terminal" }, pre, input);
  view.replaceChildren(
    el("section", {}, el("h2", {}, "Terminal", el("small", {}, id.slice(0, 12))),
      el("div", { class: "tools" }, back, again, status,
        el("span", { class: "note" }, "Shift+Escape leaves the terminal.")),
      box),
  );
  connection("terminal");

  let screen = new Screen(24, 80);
  let link = null;
  let shown = 0;
  let frame = 0;

  const say = (text) => {
    status.textContent = text;
  };
  const send = (text) => {
    if (link?.readyState === WebSocket.OPEN) link.send(new TextEncoder().encode(text));
  };

  function size() {
    const letters = el("span", {}, "M".repeat(20));
    const probe = el("div", {}, letters);
    lines.append(probe);
    const { width } = letters.getBoundingClientRect();
    const { height } = probe.getBoundingClientRect();
    probe.remove();
    const style = getComputedStyle(box);
    const inner = (one, two, whole) => whole - parseFloat(style[one]) - parseFloat(style[two]);
    const columns = Math.floor(inner("paddingLeft", "paddingRight", box.clientWidth) / (width / 20 || 8));
    const rows = Math.floor(inner("paddingTop", "paddingBottom", box.clientHeight) / (height || 17));
    return { rows: Math.min(Math.max(rows, 2), 500), columns: Math.min(Math.max(columns - 1, 10), 500) };
  }

  function fit() {
    const { rows, columns } = size();
    if (rows === screen.rows && columns === screen.columns) return;
    screen.resize(rows, columns);
    if (link?.readyState === WebSocket.OPEN) link.send(JSON.stringify({ rows, columns }));
    draw();
  }

  function row(cells, cursor) {
    const element = el("div", {});
    let run = null;
    cells.forEach(({ text, style }, at) => {
      const isCursor = at === cursor;
      if (!run || run.of !== style || run.isCursor || isCursor) {
        run = { of: style, isCursor, span: el("span", {}) };
        dress(run.span, style, isCursor);
        element.append(run.span);
      }
      run.span.textContent += text;
    });
    return element;
  }

  function draw() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      if (screen.past.length < shown || screen.past.length >= 2000) {
        past.replaceChildren();
        shown = 0;
      }
      for (; shown < screen.past.length; shown++) past.append(row(screen.past[shown], -1));
      past.hidden = screen.main !== null;
      const cursor = screen.modes.cursor ? Math.min(screen.column, screen.columns - 1) : -1;
      lines.replaceChildren(
        ...screen.lines.map((cells, at) => row(cells, at === screen.row ? cursor : -1)),
      );
      if (isAtEnd) box.scrollTop = box.scrollHeight;
    });
  }

  function open() {
    again.hidden = true;
    const { rows, columns } = size();
    screen = new Screen(rows, columns);
    screen.answer = send;
    past.replaceChildren();
    shown = 0;
    say("connecting");
    const decoder = new TextDecoder();
    const own = socket(`/instances/${id}/terminal?rows=${rows}&columns=${columns}`);
    link = own;
    let end = "The connection was lost.";
    own.onopen = () => {
      say("connected");
      input.focus();
    };
    own.onmessage = ({ data }) => {
      if (typeof data === "string") {
        const { exit, error } = JSON.parse(data);
        end = error ?? `The shell ended${exit === null ? "" : ` with status ${exit}`}.`;
        return;
      }
      screen.write(decoder.decode(data, { stream: true }));
      draw();
    };
    own.onclose = () => {
      if (signal.aborted || link !== own) return;
      say(end);
      again.hidden = false;
      if (document.activeElement === input) again.focus();
    };
    draw();
  }

  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.shiftKey) {
      event.preventDefault();
      (again.hidden ? back : again).focus();
      return;
    }
    const text = typed(event, screen.modes.appKeys);
    if (text === null) return;
    event.preventDefault();
    box.scrollTop = box.scrollHeight;
    send(text);
  });
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    send(input.value);
    input.value = "";
  });
  input.addEventListener("compositionend", () => {
    send(input.value);
    input.value = "";
  });
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    const text = event.clipboardData.getData("text").replace(/\r?\n/g, "\r").replaceAll("\x1b", "");
    send(screen.modes.paste ? `\x1b[200~${text}\x1b[201~` : text);
  });
  box.addEventListener("click", () => {
    if (getSelection().isCollapsed) input.focus();
  });

  let timer = 0;
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(fit, SETTLE_MS);
  });
  observer.observe(box);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    link?.close();
  });
  open();
}
