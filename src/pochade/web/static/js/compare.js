// The page Compare: one job per model, the results side by side.

import { make, icon, send, sendJson, t } from "./api.js";
import { told } from "./appeal.js";
import { keepDraft } from "./draft.js";
import { onSubmit, seedField, sendByKeys, sizeOf } from "./form.js";
import { follow, standing } from "./jobs.js";
import { toast } from "./toast.js";

const form = document.getElementById("contest");
const results = document.getElementById("results");
const table = document.getElementById("rivals");
const duel = document.getElementById("duel");
const seed = seedField(form);
let rivals = [];
let stops = [];

const chosen = () => [...form.querySelectorAll('[name="model"]:checked')].map((box) => box.value);

function reflect() {
  document.getElementById("chosen").textContent = t("js.models_chosen", { n: chosen().length });
  document.getElementById("size-shown").textContent = sizeOf(form).join(" × ");
}

onSubmit(form, async () => {
  const models = chosen();
  if (models.length < 1) throw Object.assign(new Error(t("js.choose_models")), { field: "model" });
  for (const stop of stops) stop();
  const [width, height] = sizeOf(form);
  const began = await Promise.allSettled(
    models.map((model) => {
      const body = new FormData(form);
      body.set("model", model);
      body.set("n", "1");
      body.set("size", `${width}x${height}`);
      return sendJson("/jobs", { body });
    }),
  );
  if (began.every(({ reason }) => reason)) throw began[0].reason;
  rivals = models.map((model, index) => ({ model, width, height, job: began[index].value, problem: began[index].reason?.message }));
  table.replaceChildren(...rivals.map(card));
  table.dataset.cols = rivals.length;
  results.hidden = false;
  show("side");
  zoom.reset();
  seed.next();
  results.scrollIntoView({ block: "start", behavior: "smooth" });
});

function card(rival) {
  const figure = document.getElementById("rival").content.firstElementChild.cloneNode(true);
  const [image, bar] = figure.querySelectorAll("img, progress");
  const cost = figure.querySelector('[data-slot="cost"]');
  const price = form.querySelector(`[name="model"][value="${CSS.escape(rival.model)}"]`).dataset.price;
  figure.querySelector("strong").textContent = rival.model;
  const pick = figure.querySelector("button");
  pick.addEventListener("click", () => best(rival));
  rival.figure = figure;
  image.width = rival.width;
  image.height = rival.height;
  image.hidden = false;
  image.src = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${rival.width}" height="${rival.height}"/>`)}`;
  const fail = (message) => {
    bar.remove();
    figure.querySelector(".glass").replaceChildren(make("p", { className: "note bad" }, icon("alert"), make("span", {}, ...told(message))));
  };
  if (rival.problem) {
    fail(rival.problem);
    return figure;
  }
  cost.textContent = t("js.accepted");
  stops.push(
    follow(rival.job.id, {
      lost: (message) => (cost.textContent = message),
      standing: (now) => (cost.textContent = standing(now)),
      progress: ({ fraction }) => (bar.value = fraction),
      preview: ({ src }) => (image.src = src),
      picture: ({ picture }) => {
        rival.picture = picture;
        image.src = picture.file;
        image.alt = `${rival.model}: ${picture.short_prompt}`;
        pick.disabled = false;
        fillDuel();
      },
      end: ({ error, time, state }) => {
        bar.remove();
        cost.textContent = [time, price].filter(Boolean).join(" · ");
        if (error || state === "cancelled") fail(error ?? t("js.cancelled"));
      },
    }),
  );
  return figure;
}

async function best(rival) {
  try {
    const ids = rivals.filter((other) => other.picture).map((other) => other.picture.id);
    await send("/compare/best", { body: { ids, best: rival.picture.id } });
    for (const other of rivals) {
      other.figure.classList.toggle("best", other === rival);
      other.figure.querySelector("figcaption button span").textContent = t(other === rival ? "js.picked" : "js.pick");
    }
    toast(t("js.best", { model: rival.model }));
  } catch (error) {
    toast(error.message);
  }
}

// --- zoom: all pictures show the same part ---

const zoom = {
  scale: 1,
  x: 0,
  y: 0,
  apply() {
    this.x = Math.min(0, Math.max(1 - this.scale, this.x));
    this.y = Math.min(0, Math.max(1 - this.scale, this.y));
    for (const glass of table.querySelectorAll(".glass")) {
      const image = glass.querySelector("img");
      if (image) image.style.transform = `translate(${this.x * 100}%, ${this.y * 100}%) scale(${this.scale})`;
      glass.classList.toggle("zoomed", this.scale > 1);
    }
    document.getElementById("unzoom").hidden = this.scale === 1;
  },
  to(scale, x, y) {
    const next = Math.min(8, Math.max(1, scale));
    this.x = x - ((x - this.x) * next) / this.scale;
    this.y = y - ((y - this.y) * next) / this.scale;
    this.scale = next;
    this.apply();
  },
  reset() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  },
};

function place(event, glass) {
  const box = glass.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

table.addEventListener(
  "wheel",
  (event) => {
    const glass = event.target.closest(".glass");
    if (!glass || (!event.ctrlKey && zoom.scale === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    zoom.to(zoom.scale * Math.exp(-event.deltaY / 300), ...place(event, glass));
  },
  { passive: false },
);
table.addEventListener("pointerdown", (event) => {
  const glass = event.target.closest(".glass");
  if (!glass || event.button !== 0) return;
  event.preventDefault();
  glass.setPointerCapture(event.pointerId);
  const box = glass.getBoundingClientRect();
  let [lastX, lastY, moved] = [event.clientX, event.clientY, 0];
  const move = (now) => {
    moved += Math.abs(now.clientX - lastX) + Math.abs(now.clientY - lastY);
    zoom.x += (now.clientX - lastX) / box.width;
    zoom.y += (now.clientY - lastY) / box.height;
    [lastX, lastY] = [now.clientX, now.clientY];
    zoom.apply();
  };
  glass.addEventListener("pointermove", move);
  glass.addEventListener(
    "pointerup",
    (up) => {
      glass.removeEventListener("pointermove", move);
      if (moved < 5) zoom.scale > 1 ? zoom.reset() : zoom.to(2.5, ...place(up, glass));
    },
    { once: true },
  );
});
document.getElementById("unzoom").addEventListener("click", () => zoom.reset());

// --- two of them: slider and difference ---

const left = document.getElementById("duel-left");
const right = document.getElementById("duel-right");
const cutter = document.getElementById("cutter");

function fillDuel() {
  const ready = rivals.filter((rival) => rival.picture);
  for (const menu of [left, right]) {
    const was = menu.value;
    menu.replaceChildren(...ready.map((rival) => new Option(rival.model, rival.model)));
    // what was chosen stays, but two of the same tell nothing
    const fits = ready.filter((rival) => menu === left || rival.model !== left.value);
    menu.value = (fits.find((rival) => rival.model === was) ?? fits[0] ?? ready[0]).model;
  }
  drawDuel();
}

function show(mode) {
  document.querySelector(`[name="view"][value="${mode}"]`).checked = true;
  table.hidden = mode !== "side";
  duel.hidden = mode === "side";
  document.getElementById("pair").hidden = mode !== "slider";
  document.getElementById("differing").hidden = mode !== "difference";
  drawDuel();
}

function cut() {
  document.getElementById("pair-over").style.clipPath = `inset(0 0 0 ${cutter.value}%)`;
  document.getElementById("cut").style.left = `${cutter.value}%`;
}

async function drawDuel() {
  const pair = [left, right].map((menu) => rivals.find((rival) => rival.model === menu.value)?.picture);
  if (duel.hidden || !pair[0] || !pair[1]) return;
  for (const [index, id] of ["pair-left", "pair-right"].entries()) {
    const image = document.getElementById(id);
    image.src = pair[index].file;
    image.alt = pair[index].model;
  }
  cut();
  if (!document.getElementById("differing").hidden) await difference(pair);
}

/** How far two pictures are apart, pixel by pixel, four times as bright. */
async function difference([a, b]) {
  const canvas = document.getElementById("difference");
  const images = await Promise.all([a, b].map(load));
  canvas.width = a.width_px;
  canvas.height = a.height_px;
  const draw = canvas.getContext("2d", { willReadFrequently: true });
  const [one, two] = images.map((image) => {
    draw.drawImage(image, 0, 0, canvas.width, canvas.height);
    return draw.getImageData(0, 0, canvas.width, canvas.height);
  });
  let sum = 0;
  for (let k = 0; k < one.data.length; k += 4) {
    for (let c = 0; c < 3; c++) {
      const apart = Math.abs(one.data[k + c] - two.data[k + c]);
      sum += apart;
      one.data[k + c] = Math.min(255, apart * 4);
    }
  }
  draw.putImageData(one, 0, 0);
  const share = (sum / ((one.data.length * 3) / 4) / 255) * 100;
  document.getElementById("difference-says").textContent = t("js.difference", { share: share.toFixed(1) });
}

async function load(picture) {
  const image = new Image();
  image.src = picture.file;
  await image.decode();
  return image;
}

document.querySelectorAll('[name="view"]').forEach((radio) => radio.addEventListener("change", () => show(radio.value)));
cutter.addEventListener("input", cut);
left.addEventListener("change", drawDuel);
right.addEventListener("change", drawDuel);
form.addEventListener("change", reflect);
sendByKeys(form);
const kept = keepDraft("compare", form, () => {
  const { aspect, area } = form.elements;
  return { prompt: form.elements.prompt.value, models: chosen(), aspect: aspect.value, area: area.value, seed: seed.isLocked() ? form.elements.seed.value : null };
});
if (kept?.prompt) {
  form.elements.prompt.value = kept.prompt;
  form.elements.aspect.value = kept.aspect;
  form.elements.area.value = kept.area;
  if (kept.seed) seed.lock(kept.seed);
  for (const box of form.querySelectorAll('[name="model"]')) box.checked = kept.models.includes(box.value) && !box.disabled;
}
reflect();
