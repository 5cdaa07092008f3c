// The platform's control Worker in a `workerd` that it only asks whether it runs.

export { Presence } from "presence.js";

export default {
  fetch() {
    return new Response(null, { status: 404 });
  },
};
