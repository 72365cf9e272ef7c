// The page Paint.

import { sendJson, t } from "./api.js";
import { keepDraft } from "./draft.js";
import { dropZone, onSubmit, seedField, sendByKeys, sizeOf } from "./form.js";
import { Feed } from "./jobs.js";
import { PromptBox } from "./prompt.js";
import { toast } from "./toast.js";

const form = document.getElementById("composer");
const easel = document.getElementById("easel");
const sketch = document.getElementById("sketch");
const welcome = document.getElementById("welcome");
const models = JSON.parse(form.dataset.models);
const model = () => models[form.elements.model.value];
const seed = seedField(form);

const box = new PromptBox(form, {
  request() {
    const [width, height] = sizeOf(form, model());
    return { prompt: box.input.value, seed: form.elements.seed.value, model: form.elements.model.value, width, height };
  },
  sketch(src, last) {
    sketch.src = src;
    easel.hidden = false;
    welcome.hidden = true;
    easel.toggleAttribute("data-stale", !last);
    document.getElementById("sketch-caption").textContent = t(last ? "js.sketch" : "js.sketching");
  },
  stale: () => easel.setAttribute("data-stale", ""),
  none: () => hideSketch(),
});

function hideSketch() {
  easel.hidden = true;
  welcome.hidden = document.querySelector(".job") !== null;
}

const feed = new Feed(document.getElementById("feed"), {
  // of a job that was asked for with these words, not of one that is only still being painted
  onRead: (read, prompt) => box.input.value.trim() && prompt.startsWith(box.input.value.trim()) && box.show(read),
  onReuse: (settings) => {
    use(settings);
    box.input.focus();
  },
  onAgain: (settings) => {
    use({ ...settings, seed: null });
    form.requestSubmit();
  },
});

/** Puts settings of an earlier picture into the form. */
function use(settings) {
  const set = (name, value) => {
    if (value != null && form.elements[name]) form.elements[name].value = value;
  };
  set("model", models[settings.model] ? settings.model : null);
  set("aspect", settings.aspect);
  set("area", settings.area);
  set("n", settings.n);
  set("quality", settings.quality);
  for (const name of ["negative_prompt", "num_steps", "guidance_scale"]) if (form.elements[name]) form.elements[name].value = settings[name] ?? "";
  form.dataset.size = settings.width_px ? `${settings.width_px}x${settings.height_px}` : "";
  if (settings.seed != null) seed.lock(settings.seed);
  reflect();
  box.set(settings.prompt);
}

/** What follows from the fields: which settings this model has, the size in pixels, the label of the button. */
function reflect() {
  const chosen = model();
  document.getElementById("model-summary").textContent = chosen?.summary ?? "";
  document.getElementById("model-place").textContent = chosen ? `${chosen.runs_at} · ${chosen.price}` : "";
  let more = false;
  for (const field of form.querySelectorAll("[data-needs]")) {
    field.hidden = !chosen?.[field.dataset.needs];
    more ||= !field.hidden;
  }
  document.getElementById("no-more").hidden = more;
  const [width, height] = sizeOf(form, chosen);
  document.getElementById("size-shown").textContent = `${width} × ${height}`;
  document.getElementById("count-shown").textContent = form.elements.n.value;
  document.getElementById("settings-say").textContent = [form.elements.model.value, form.elements.aspect.value, `${width} × ${height}`].join(" · ");
  const n = Number(form.elements.n.value);
  document.getElementById("paint-label").textContent = n === 1 ? t("js.paint_one") : t("js.paint", { n });
  for (const chip of form.querySelectorAll("[data-style]")) chip.setAttribute("aria-pressed", String(styleIn(chip.dataset.style) !== null));
}

/** Where a style's words stand in the prompt, with the comma before them; null if they do not. */
function styleIn(style) {
  return new RegExp(`(^|,\\s*)${style.replace(/[-]/g, "\\-")}(?=\\s*(,|$))`, "i").exec(box.input.value);
}

function toggleStyle(chip) {
  const { style, kind } = chip.dataset;
  const found = styleIn(style);
  if (found) return box.set(box.input.value.replace(found[0], "").replace(/^,\s*/, ""));
  let prompt = box.input.value.trim().replace(/,$/, "");
  // one light and one mood; views go together
  if (kind !== "view") {
    for (const other of form.querySelectorAll(`[data-kind="${kind}"][aria-pressed="true"]`)) {
      const old = styleIn(other.dataset.style);
      if (old) prompt = prompt.replace(old[0], "");
    }
  }
  box.set(prompt ? `${prompt}, ${style}` : style);
}

onSubmit(form, async () => {
  box.rest();
  const body = new FormData(form);
  const [width, height] = sizeOf(form, model());
  body.set("size", `${width}x${height}`);
  for (const field of form.querySelectorAll("[data-needs]")) if (field.hidden) body.delete(field.querySelector("[name]").name);
  const job = await sendJson("/jobs", { body });
  welcome.hidden = true;
  feed.add(job, easel.hidden ? undefined : sketch.src);
  easel.hidden = true;
  seed.next();
  document.querySelector(".stage").scrollIntoView({ block: "start" });
});

form.addEventListener("input", reflect);
form.addEventListener("change", (event) => {
  if (["aspect", "area"].includes(event.target.name)) form.dataset.size = "";
  reflect();
  if (["model", "aspect", "seed"].includes(event.target.name) && box.input.value.trim()) box.changed();
});
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-style]");
  const prompt = event.target.closest("[data-prompt]");
  if (chip) toggleStyle(chip);
  if (prompt) {
    box.set(prompt.dataset.prompt);
    box.input.focus();
  }
  if (chip || prompt) reflect();
});
sendByKeys(form);
// on a phone the pictures come right after the prompt
if (matchMedia("(max-width: 860px)").matches) document.getElementById("settings").open = false;
dropZone(
  (settings) => {
    use(settings);
    toast(t("js.restored"));
  },
  (error) => toast(error.message),
);
reflect();
const given = form.dataset.settings || sessionStorage.getItem("settings");
sessionStorage.removeItem("settings");
const left = keepDraft("paint", form, () => {
  const [width_px, height_px] = form.dataset.size ? form.dataset.size.split("x").map(Number) : [];
  const { seed: number, ...fields } = Object.fromEntries(new FormData(form));
  return { ...fields, width_px, height_px, seed: seed.isLocked() ? number : null };
});
if (given) use(JSON.parse(given));
else if (left?.prompt) use(left);
