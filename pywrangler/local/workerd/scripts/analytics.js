// Takes the data points of Analytics Engine datasets, and hands them to the platform. Props: dataset.

import { WorkerEntrypoint } from "cloudflare:workers";

const text = (value) => (typeof value === "string" ? value : new TextDecoder().decode(value));

// Columns are named as Cloudflare's SQL API names them. What is empty is left out.
const columns = (name, values, convert) =>
  (Array.isArray(values) ? values : [])
    .map((value, at) => [`${name}${at + 1}`, value])
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([column, value]) => [column, convert(value)]);

export class Dataset extends WorkerEntrypoint {
  async writeDataPoint({ indexes, blobs, doubles } = {}) {
    const { dataset } = this.ctx.props;
    const point = [...columns("index", indexes, text), ...columns("blob", blobs, text)];
    const body = JSON.stringify(Object.fromEntries([...point, ...columns("double", doubles, Number)]));
    const path = `/analytics/${encodeURIComponent(dataset)}`;
    await this.env.PLATFORM.fetch(`http://platform${path}`, { method: "POST", body });
  }
}

export default {};
