// The page Refine.

import { send, sendJson, t } from "./api.js";
import { forgetDraft, keepDraft } from "./draft.js";
import { onSubmit, sendByKeys } from "./form.js";
import { Feed } from "./jobs.js";
import { MaskBrush } from "./mask.js";

const bench = document.getElementById("bench");
const form = document.getElementById("refiner");
const tabs = [...form.querySelectorAll("[data-way]")];
const models = JSON.parse(bench.dataset.models);
const planned = JSON.parse(bench.dataset.planned);
const subject = document.getElementById("subject");
const afterwards = document.getElementById("afterwards");
const draft = `refine:${bench.dataset.picture}`;
const before = { file: subject.getAttribute("src"), width_px: subject.width, height_px: subject.height, short_prompt: subject.alt };
const brush = new MaskBrush(document.getElementById("mask"), document.getElementById("brushes"));
const NEEDS = { vary: null, change: "from_image", repaint: "from_mask", extend: "from_mask", enlarge: "from_image" };
let way = "vary";
let after = null;

const feed = new Feed(document.getElementById("feed"), {
  onPicture: async (picture, card) => {
    // the first one of what was asked for last
    if (card === feed.element.firstElementChild && card !== after?.card) {
      after = { ...picture, card };
      see("after");
    }
    const response = await send(`/refine/${bench.dataset.picture}/tree`, { method: "GET" });
    document.querySelector(".tree").outerHTML = await response.text();
    lookAt(picture.id);
  },
});

/** Scrolls the history, and nothing else, to a picture. */
function lookAt(id) {
  const [kin, node] = [document.querySelector(".kinship"), document.querySelector(`.tree a[href="/refine/${id}"]`)];
  if (!node) return;
  const [box, at] = [kin, node].map((one) => one.getBoundingClientRect());
  kin.scrollBy(at.left - box.left - (box.width - at.width) / 2, at.top - box.top - (box.height - at.height) / 2);
}

/** Puts the picture as it was, or what came of it, on the board. */
function see(which) {
  const shown = which === "after" ? after : before;
  Object.assign(subject, { src: shown.file, width: shown.width_px, height: shown.height_px, alt: shown.short_prompt });
  bench.style.setProperty("--ratio", shown.width_px / shown.height_px);
  brush.show(way === "repaint" && shown === before);
  afterwards.hidden = !after;
  if (!after) return;
  document.getElementById("go-on").href = `/refine/${after.id}`;
  for (const radio of afterwards.querySelectorAll("input")) radio.checked = radio.value === which;
}

/** Whether this model goes through the picture's plan in the chosen way: then the plan counts, not how strong or how many. */
function throughPlan(id) {
  return planned.ways.includes(way) && planned.models.includes(id) && models[id]?.plans;
}

/** Whether this model can refine in the chosen way; changes and enlarging take a plan or a picture to start from. */
function able(id) {
  const model = models[id];
  const byPlan = way === "enlarge" ? model.plans : way === "change" && throughPlan(id);
  return model.available && (!NEEDS[way] || byPlan || model[NEEDS[way]]);
}

function choose(next) {
  way = next;
  for (const tab of tabs) {
    const on = tab.dataset.way === way;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  document.getElementById("ways").setAttribute("aria-labelledby", `tab-${way}`);
  see("before");
  // the chosen model, if it can; else the first that can
  const menu = form.elements.model;
  for (const option of menu.options) option.disabled = !able(option.value);
  if (menu.selectedOptions[0]?.disabled ?? true) {
    const first = [...menu.options].find((option) => !option.disabled);
    if (first) first.selected = true;
  }
  reflect();
}

function reflect() {
  const possible = [...form.elements.model.options].some((option) => !option.disabled);
  const byPlan = throughPlan(form.elements.model.value);
  for (const field of form.querySelectorAll("[data-for]")) {
    const moot = byPlan && field.dataset.unplanned?.split(" ").includes(way);
    field.hidden = moot || !field.dataset.for.split(" ").includes(way);
  }
  document.getElementById("way-says").textContent = t(possible ? `js.way_${way}${byPlan ? "_planned" : ""}` : "js.no_model_can");
  document.getElementById("go").disabled = !possible;
  document.getElementById("count-shown").textContent = form.elements.n.value;
  document.getElementById("strength-shown").textContent = Number(form.elements.strength.value).toFixed(2);
  const factor = Number(form.elements.factor.value);
  const step = models[form.elements.model.value]?.step ?? 8;
  const [width, height] = [bench.dataset.width, bench.dataset.height].map((side) => Math.round((side * factor) / step) * step);
  document.getElementById("enlarged").textContent = `${width} × ${height}`;
}

onSubmit(form, async () => {
  const body = new FormData(form);
  body.set("way", way);
  if (throughPlan(form.elements.model.value)) {
    for (const field of form.querySelectorAll(`[data-unplanned~="${way}"] [name="n"], [data-unplanned~="${way}"] [name="strength"]`)) body.delete(field.name);
    if (way === "extend") body.set("prompt", form.elements.prompt.defaultValue);
  }
  if (way === "repaint") body.set("mask", await brush.file(), "mask.png");
  const card = feed.add(await sendJson(`/refine/${bench.dataset.picture}`, { body }));
  forgetDraft(draft);
  card.scrollIntoView({ block: "nearest" });
});

afterwards.addEventListener("change", (event) => see(event.target.value));
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
const left = keepDraft(draft, form, () => ({ ...Object.fromEntries(new FormData(form)), way }));
for (const [name, value] of Object.entries(left ?? {})) if (form.elements[name]) form.elements[name].value = value;
choose(left?.way ?? "vary");
lookAt(bench.dataset.picture);
