// The platform's hand inside a workerd that it has nothing to ask of but whether it is there.

export { Presence } from "presence.js";

export default {
  fetch() {
    return new Response(null, { status: 404 });
  },
};
