// The page Refine.

import { send, sendJson, t } from "./api.js";
import { sendByKeys, showWrong } from "./form.js";
import { Feed } from "./jobs.js";
import { MaskBrush } from "./mask.js";

const bench = document.getElementById("bench");
const form = document.getElementById("refiner");
const tabs = [...form.querySelectorAll("[data-way]")];
const models = JSON.parse(bench.dataset.models);
const brush = new MaskBrush(document.getElementById("mask"), document.getElementById("brushes"));
const NEEDS = { vary: null, change: "from_image", repaint: "from_mask", extend: "from_mask", enlarge: "enlarge" };
let way = "vary";
bench.style.setProperty("--ratio", bench.dataset.width / bench.dataset.height);

const feed = new Feed(document.getElementById("feed"), {
  onPicture: async () => {
    const response = await send(`/refine/${bench.dataset.picture}/tree`, { method: "GET" });
    document.querySelector(".tree").outerHTML = await response.text();
  },
});

/** Whether this model can refine in the chosen way; enlarging takes a plan or a picture to start from. */
function able(model) {
  const need = NEEDS[way];
  return !need || (need === "enlarge" ? model.plans || model.from_image : model[need]);
}

function choose(next) {
  way = next;
  for (const tab of tabs) {
    const on = tab.dataset.way === way;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  document.getElementById("ways").setAttribute("aria-labelledby", `tab-${way}`);
  for (const field of form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").includes(way);
  brush.show(way === "repaint");
  // the chosen model, if it can; else the first that can
  const menu = form.elements.model;
  for (const option of menu.options) option.disabled = !models[option.value]?.available || !able(models[option.value]);
  if (menu.selectedOptions[0]?.disabled ?? true) {
    const first = [...menu.options].find((option) => !option.disabled);
    if (first) first.selected = true;
  }
  reflect();
}

function reflect() {
  const possible = [...form.elements.model.options].some((option) => !option.disabled);
  document.getElementById("way-says").textContent = t(possible ? `js.way_${way}` : "js.no_model_can");
  document.getElementById("go").disabled = !possible;
  document.getElementById("count-shown").textContent = form.elements.n.value;
  document.getElementById("strength-shown").textContent = Number(form.elements.strength.value).toFixed(2);
  const factor = Number(form.elements.factor.value);
  const step = models[form.elements.model.value]?.step ?? 8;
  const [width, height] = [bench.dataset.width, bench.dataset.height].map((side) => Math.round((side * factor) / step) * step);
  document.getElementById("enlarged").textContent = `${width} × ${height}`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  showWrong(form);
  const body = new FormData(form);
  body.set("way", way);
  if (way === "repaint") body.set("mask", await brush.file(), "mask.png");
  try {
    feed.add(await sendJson(`/refine/${bench.dataset.picture}`, { body }));
  } catch (error) {
    showWrong(form, error);
  }
});

form.querySelector(".tabs").addEventListener("click", (event) => {
  const tab = event.target.closest("[data-way]");
  if (tab) choose(tab.dataset.way);
});
form.querySelector(".tabs").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const next = tabs[(tabs.findIndex((tab) => tab.dataset.way === way) + by + tabs.length) % tabs.length];
  choose(next.dataset.way);
  next.focus();
});
form.addEventListener("input", reflect);
sendByKeys(form);
choose("vary");
