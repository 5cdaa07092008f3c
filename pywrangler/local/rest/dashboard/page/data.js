// Looks into KV namespaces, R2 buckets, D1 databases and Durable Objects. It changes nothing.

import { call, get, text } from "./api.js";
import { bytes, el, short, table } from "./dom.js";

const MOST_CHARACTERS = 20_000;
const part = encodeURIComponent;

export function data(view, signal) {
  const list = el("nav", { "aria-label": "Stores" });
  const detail = el("div", {}, el("p", { class: "note" }, "Choose a store."));
  view.replaceChildren(el("div", { class: "columns" }, list, detail));

  const open = (title, load) => async () => {
    detail.replaceChildren(el("h2", {}, title), el("p", { class: "note" }, "loading"));
    try {
      const content = await load((...path) => detail.replaceChildren(el("h2", {}, title), ...path));
      if (!signal.aborted) detail.replaceChildren(el("h2", {}, title), ...[content].flat());
    } catch (error) {
      detail.replaceChildren(el("h2", {}, title), el("p", { class: "problem" }, error.message));
    }
  };

  const group = async (title, load) => {
    const items = el("ul");
    list.append(el("h3", {}, title), items);
    try {
      const found = await load();
      items.append(
        ...(found.length ? found : [["none", null]]).map(([name, loadOne]) =>
          el(
            "li",
            {},
            loadOne
              ? el("button", { class: "plain", onclick: open(name, loadOne) }, name)
              : el("span", { class: "note" }, name),
          ),
        ),
      );
    } catch (error) {
      items.append(el("li", { class: "problem" }, error.message));
    }
  };

  group("KV namespaces", async () =>
    (await get("/storage/kv/namespaces?per_page=100")).map((each) => [each.title, () => keys(each.id)]),
  );
  group("R2 buckets", async () =>
    (await get("/r2/buckets")).buckets.map((each) => [each.name, () => objects(each.name)]),
  );
  group("D1 databases", async () =>
    (await get("/d1/database")).map((each) => [each.name, () => tables(each.uuid)]),
  );
  group("Durable Objects", async () =>
    (await get("/workers/durable_objects/namespaces")).map((each) => [
      `${each.script}: ${each.class}`,
      () => instances(each.id),
    ]),
  );
}

async function keys(namespace) {
  const base = `/storage/kv/namespaces/${namespace}`;
  const { result, info } = await call(`${base}/keys?limit=1000`);
  const value = el("pre", { class: "card" }, "Choose a key.");
  const read = async (name) => {
    const found = await text(`${base}/values/${part(name)}`);
    value.textContent =
      found.length > MOST_CHARACTERS ? `${found.slice(0, MOST_CHARACTERS)}\n...` : found;
  };
  const rows = result.map((each) => [
    el("button", { class: "plain id", onclick: () => read(each.name) }, each.name),
    each.expiration ? new Date(each.expiration * 1000).toLocaleString() : "never",
    each.metadata === undefined || each.metadata === null ? "-" : JSON.stringify(each.metadata),
  ]);
  return [
    table(["Key", "Expires", "Metadata"], rows, "No keys."),
    more(info.cursor, "keys"),
    el("h3", {}, "Value"),
    value,
  ];
}

async function objects(bucket) {
  const { result, info } = await call(`/r2/buckets/${part(bucket)}/objects?per_page=1000`);
  const rows = result.map((each) => [
    el("span", { class: "id" }, each.key),
    { class: "number", content: bytes(Number(each.size)) },
    each.http_metadata?.contentType ?? "-",
    new Date(each.last_modified).toLocaleString(),
  ]);
  return [table(["Key", "Size", "Type", "Modified"], rows, "No objects."), more(info.cursor, "objects")];
}

async function tables(database) {
  const query = async (sql) =>
    (await call(`/d1/database/${database}/query`, { method: "POST", body: { sql } })).result[0].results;
  const hidden = (name) => name.startsWith("_cf_") || name.startsWith("sqlite_");
  const found = (await query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).filter(
    (each) => !hidden(each.name),
  );
  const rows = el("div", { class: "scroll" });
  const read = async (name) => {
    const values = await query(`SELECT * FROM "${name.replaceAll('"', '""')}" LIMIT 100`);
    const columns = Object.keys(values[0] ?? {});
    const cells = values.map((row) =>
      columns.map((column) => (row[column] === null ? "NULL" : String(row[column]))),
    );
    rows.replaceChildren(
      el("h3", {}, name, el("small", {}, "the first 100 rows")),
      table(columns, cells, "No rows."),
    );
  };
  const names = found.map((each) => [
    el("button", { class: "plain id", onclick: () => read(each.name) }, each.name),
  ]);
  return [table(["Table"], names, "No tables."), rows];
}

async function instances(namespace) {
  const { result, info } = await call(
    `/workers/durable_objects/namespaces/${namespace}/objects?limit=1000`,
  );
  const rows = result.map((each) => [short(each.id), each.hasStoredData ? "yes" : "no"]);
  return [table(["Object", "Has stored data"], rows, "No objects."), more(info.cursor, "objects")];
}

const more = (cursor, what) => (cursor ? el("p", { class: "note" }, `There are more ${what}.`) : "");
