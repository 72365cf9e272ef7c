// The page Verify: a file is looked at as soon as it is chosen or dropped, and the verdict takes its place below.

import { make, send } from "./api.js";
import { onDrop, showWrong } from "./form.js";

const form = document.getElementById("inspect");
const verdict = document.getElementById("verdict");
const looking = document.getElementById("looking");
let latest = 0;
let seen = null;

async function look(file) {
  const turn = ++latest;
  const body = new FormData();
  body.set("file", file);
  showWrong(form);
  document.getElementById("wrong-file")?.remove();
  verdict.replaceChildren();
  looking.hidden = false;
  try {
    const html = await (await send("/verify", { body })).text();
    if (turn !== latest) return;
    const answer = new DOMParser().parseFromString(html, "text/html").getElementById("verdict");
    verdict.replaceChildren(...answer.children);
    show(file);
    verdict.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (turn === latest) showWrong(form, error);
  }
  if (turn === latest) looking.hidden = true;
}

/** The picture itself beside its verdict, as far as the browser can show it. */
function show(file) {
  if (seen) URL.revokeObjectURL(seen);
  seen = URL.createObjectURL(file);
  const image = make("img", { src: seen, alt: "", className: "seen" });
  image.addEventListener("error", () => image.remove());
  verdict.querySelector(".verdict > header").append(image);
}

form.addEventListener("submit", (event) => {
  const file = form.elements.file.files[0];
  if (!file) return; // the server says what is missing
  event.preventDefault();
  look(file);
});
form.elements.file.addEventListener("change", () => form.elements.file.files[0] && look(form.elements.file.files[0]));
onDrop(look);
