// Asks the API beside this page, which answers from a container.
const form = document.querySelector("form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(new FormData(form));
  const { words } = await (await fetch(`/api/words?${query}`)).json();
  const lines = Object.entries(words).map(([word, count]) => `${count} ${word}`);
  document.querySelector("pre").textContent = lines.join("\n");
});
