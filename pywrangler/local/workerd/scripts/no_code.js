// Stands for the code of a Worker of static assets only. The router answers every request without it.

export default {
  fetch() {
    return new Response("Not found", { status: 404 });
  },
};
