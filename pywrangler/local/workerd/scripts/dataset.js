// The interface of an Analytics Engine dataset. A data point is written in the background, also after the
// request is over. workerd (2026-11) has `waitUntil` under this name for its own modules, such as this one.

import runtime from "cloudflare-internal:workers";

const complain = (dataset) => (error) =>
  console.error(`A data point of the dataset "${dataset}" was not written: ${error.message}`);

export default ({ dataset, store }) => ({
  writeDataPoint(event) {
    runtime.waitUntil(store.writeDataPoint(event ?? {}).catch(complain(dataset)));
  },
});
