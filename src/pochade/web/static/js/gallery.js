// The page Gallery: choosing many pictures, and what can be done with them.

import { send, sendJson, t } from "./api.js";
import { dropZone, showWrong } from "./form.js";
import { remove } from "./shell.js";
import { toast } from "./toast.js";

const hang = document.getElementById("hang");
const bar = document.getElementById("bar");
const selection = document.getElementById("selection");
const exporting = document.getElementById("export-dialog");
const collecting = document.getElementById("collect-dialog");
const boxes = () => [...hang.querySelectorAll("figure:not([hidden]) .pick input")];
const chosen = () => boxes().filter((box) => box.checked).map((box) => box.value);
const selecting = document.getElementById("select");
let last = null;

function reflect() {
  const n = chosen().length;
  bar.hidden = n === 0;
  hang.classList.toggle("selecting", n > 0 || selecting.getAttribute("aria-pressed") === "true");
  document.getElementById("selected").textContent = t("js.selected", { n });
}

function choose(boxes, on) {
  for (const box of boxes) box.checked = on;
  reflect();
}

hang.addEventListener("click", (event) => {
  const box = event.target.closest(".pick input");
  if (!box) {
    // with some chosen, a click on a picture chooses it too
    const tile = hang.classList.contains("selecting") && event.target.closest("[data-view]")?.closest("figure");
    if (!tile) return;
    event.preventDefault();
    event.stopPropagation();
    tile.querySelector(".pick input").click();
    return;
  }
  const all = boxes();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    choose(all.slice(from, to + 1), box.checked);
  }
  last = box;
  reflect();
});

const actions = {
  none() {
    selecting.setAttribute("aria-pressed", "false");
    choose(boxes(), false);
  },
  export: () => exporting.showModal(),
  collect: () => collecting.showModal(),
  async favourite(ids) {
    await send("/pictures/favourite", { body: { ids, on: true } });
    for (const id of ids) hang.querySelector(`[data-favourite="${id}"]`).setAttribute("aria-pressed", "true");
    actions.none();
  },
  delete: (ids) => remove(ids),
};

bar.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-bulk]");
  if (!button) return;
  try {
    await actions[button.dataset.bulk](chosen());
  } catch (error) {
    toast(error.message);
  }
});

selecting.addEventListener("click", () => {
  const on = selecting.getAttribute("aria-pressed") !== "true";
  selecting.setAttribute("aria-pressed", String(on));
  if (on) reflect();
  else actions.none();
});
document.addEventListener("pictures:removed", reflect);
document.addEventListener("pictures:restored", reflect);
document.addEventListener("htmx:after:swap", reflect);
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input[type=search], input[type=text], select, textarea") || document.querySelector("dialog[open]")) return;
  if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    choose(boxes(), true);
  }
  if (event.key === "Escape") actions.none();
  if (event.key === "Delete" && chosen().length) bar.querySelector('[data-bulk="delete"]').click();
});
selection.addEventListener("submit", () => exporting.close());

const collect = document.getElementById("collect");
collect.addEventListener("submit", async (event) => {
  event.preventDefault();
  showWrong(collect);
  try {
    const kept = await sendJson("/collections", { body: { ids: chosen(), collection: collect.elements.collection.value, name: collect.elements.name.value } });
    for (const menu of [document.getElementById("collections"), collect.elements.collection]) {
      if (![...menu.options].some((option) => option.value === kept.id)) menu.add(new Option(kept.name, kept.id));
    }
    collecting.close();
    collect.reset();
    actions.none();
    toast(t("js.collected", { name: kept.name }));
  } catch (error) {
    showWrong(collect, error);
  }
});

const restore = dropZone(
  (settings) => {
    sessionStorage.setItem("settings", JSON.stringify(settings));
    location.assign("/?restored");
  },
  (error) => toast(error.message),
);
document.getElementById("restore-file").addEventListener("change", (event) => {
  if (event.target.files[0]) restore(event.target.files[0]);
  event.target.value = "";
});
