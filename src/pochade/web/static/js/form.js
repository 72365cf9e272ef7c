// The fields that several pages share: size, seed, model, and where a refusal is shown.

import { icon, make, send, t } from "./api.js";
import { told } from "./appeal.js";

/** Shows what was wrong beside its field, the rest at the foot; what was typed stays. Without an error: clears all. */
export function showWrong(form, error) {
  for (const place of form.querySelectorAll("[data-wrong]")) {
    place.hidden = true;
    place.replaceChildren();
  }
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!error) return;
  const place = form.querySelector(`[data-wrong="${CSS.escape(error.field ?? "")}"]`) ?? form.querySelector('[data-wrong=""]');
  place.replaceChildren(icon("alert"), make("span", {}, ...told(error.message)));
  place.hidden = false;
  place.setAttribute("role", "alert");
  for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const field = form.elements.namedItem(error.field);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

/**
 * Runs `work` when the form is sent, one at a time: a second click while the first is on its way asks for nothing more.
 * What goes wrong is shown beside its field.
 * @param {(error: Error) => void} [fail] what else to do then
 */
export function onSubmit(form, work, fail = (error) => showWrong(form, error)) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    showWrong(form);
    try {
      await work();
    } catch (error) {
      fail(error);
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

/** The size that the shape and the area ask for, on this model's grid; or the very size of restored settings. */
export function sizeOf(form, model) {
  if (form.dataset.size) return form.dataset.size.split("x").map(Number);
  const [w, h] = form.elements.aspect.value.split(":").map(Number);
  const area = Number(form.elements.area.value) ** 2;
  const step = model?.step ?? 8;
  const fit = (side) => Math.min(Math.max(Math.round(side / step) * step, model?.min ?? 64), model?.max ?? 2048);
  return [fit(Math.sqrt((area * w) / h)), fit(Math.sqrt((area * h) / w))];
}

/** Wires the seed field: typing a number locks it, the die draws another, the lock keeps it from changing. */
export function seedField(form) {
  const input = form.querySelector("#seed");
  const lock = form.querySelector("#seed-lock");
  const state = form.querySelector("#seed-state");
  const draw = () => String(crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000);
  const set = (locked) => {
    lock.setAttribute("aria-pressed", String(locked));
    state.textContent = t(locked ? "js.seed_locked" : "js.seed_open");
  };
  if (!input.value) input.value = draw();
  set(lock.getAttribute("aria-pressed") === "true");
  input.addEventListener("input", () => set(true));
  lock.addEventListener("click", () => set(lock.getAttribute("aria-pressed") !== "true"));
  form.querySelector("#seed-roll").addEventListener("click", () => {
    input.value = draw();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  return {
    isLocked: () => lock.getAttribute("aria-pressed") === "true",
    lock: (value) => {
      input.value = value;
      set(true);
    },
    /** After a painting: another seed unless locked. */
    next: () => {
      if (lock.getAttribute("aria-pressed") !== "true") input.value = draw();
    },
  };
}

/** Ctrl+Enter (or Cmd) anywhere on the page sends the form. */
export function sendByKeys(form) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/** A file dropped anywhere on the page, or chosen: its settings are read on the server and `take` gets them. */
export function dropZone(take, fail) {
  const read = async (file) => {
    const body = new FormData();
    body.set("file", file);
    try {
      take(await (await send("/recipe", { body })).json());
    } catch (error) {
      fail(error);
    }
  };
  onDrop(read);
  return read;
}

/** Calls `read` with a file that is dropped anywhere on the page. */
export function onDrop(read) {
  const zone = document.getElementById("drop");
  let depth = 0;
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (isFile(event) && ++depth) zone.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (isFile(event) && --depth === 0) zone.hidden = true;
  });
  addEventListener("dragover", (event) => isFile(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    depth = 0;
    zone.hidden = true;
    if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  });
}
