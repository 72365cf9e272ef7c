// The page Plan: menus and the top view change the plan on the server; every change is sketched at once.

import { send, sendJson, t } from "./api.js";
import { draft, setDraft } from "./draft.js";
import { onSubmit, sendByKeys, showWrong } from "./form.js";
import { follow } from "./jobs.js";
import { toast } from "./toast.js";

const room = document.getElementById("drafting");
const form = document.getElementById("plan-form");
const menus = document.getElementById("menus");
const top_ = document.getElementById("top");
const shown = document.getElementById("shown");
const result = document.getElementById("result");
const says = document.getElementById("shown-says");
const undo = document.getElementById("plan-undo");
const redo = document.getElementById("plan-redo");
const reset = document.getElementById("plan-reset");
const url = `/plan/${room.dataset.picture}`;
const first = { src: shown.src, plan: form.elements.plan.value };
const past = [];
const future = [];
let prompt = room.dataset.prompt;
let sketching = null;

const plan = () => form.elements.plan.value;

// one change after the other: each is made to the plan that the one before it gave
let turn = Promise.resolve();
function inTurn(work) {
  turn = turn.then(work).catch((error) => showWrong(form, { message: error.message, field: "" }));
  return turn;
}

/** Sends one change and shows what came of it. */
const change = (what, focus) => inTurn(() => changeNow(what, focus));

async function changeNow(what, focus) {
  showWrong(form);
  const before = plan();
  try {
    show(await sendJson(`${url}/change`, { body: { plan: before, ...what } }), focus);
    if (before !== plan()) {
      past.push(before);
      future.length = 0;
    }
  } catch (error) {
    // the menus go back to what is true, if the server can be reached
    await sendJson(`${url}/change`, { body: { plan: before } }).then((as_it_was) => show(as_it_was, focus), () => {});
    throw error;
  } finally {
    reflect();
  }
}

function reflect() {
  undo.disabled = past.length === 0;
  redo.disabled = future.length === 0;
  reset.disabled = plan() === first.plan;
  setDraft(`plan:${room.dataset.picture}`, plan() === first.plan ? null : plan());
}

function show(next, focus) {
  menus.innerHTML = next.menus;
  top_.innerHTML = next.top;
  prompt = next.prompt;
  if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
  sketch();
  guide();
}

/** A quick painting of the plan; the next one cancels it. */
async function sketch() {
  sketching?.abort();
  sketching = new AbortController();
  const { signal } = sketching;
  result.setAttribute("data-stale", "");
  says.textContent = t("js.sketching");
  const body = { prompt, plan: plan(), seed: room.dataset.seed, model: room.dataset.model, width: room.dataset.width, height: room.dataset.height };
  try {
    const response = await send("/preview", { body, signal });
    let rest = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const event = JSON.parse(line);
        if (event.type === "refused") throw new Error(event.message);
        if (event.type !== "sketch" || signal.aborted) continue;
        shown.src = event.src;
        if (event.last) {
          result.removeAttribute("data-stale");
          says.textContent = t("js.plan_sketched");
        }
      }
    }
  } catch (error) {
    if (error.name !== "AbortError") says.textContent = error.message;
  }
}

async function guide() {
  const image = document.getElementById("guide");
  try {
    const response = await send(`${url}/guide`, { body: { plan: plan() } });
    const src = URL.createObjectURL(await response.blob());
    image.addEventListener("load", () => URL.revokeObjectURL(src), { once: true });
    image.hidden = false;
    image.src = src;
  } catch (error) {
    toast(error.message);
  }
}

menus.addEventListener("change", (event) => {
  const { change: what, entity } = event.target.dataset;
  if (what) change({ what, value: event.target.value, entity }, `[data-change="${what}"]${entity ? `[data-entity="${entity}"]` : ""}`);
});
menus.addEventListener("input", (event) => {
  if (event.target.id === "p-azimuth") document.getElementById("azimuth-shown").textContent = `${event.target.value}°`;
});
menus.addEventListener("click", (event) => {
  const button = event.target.closest("[data-camera]");
  if (button) change({ what: "camera", value: button.dataset.camera }, `[data-camera="${button.dataset.camera}"]`);
});

// --- dragging things about; arrows do the same ---

top_.addEventListener("pointerdown", (event) => {
  const thing = event.target.closest(".thing");
  if (!thing || event.button !== 0) return;
  event.preventDefault();
  const svg = thing.ownerSVGElement;
  const scale = svg.viewBox.baseVal.width / svg.getBoundingClientRect().width;
  const from = [event.clientX, event.clientY];
  let by = [0, 0];
  thing.setPointerCapture(event.pointerId);
  thing.classList.add("held");
  const move = (now) => {
    by = [(now.clientX - from[0]) * scale, (now.clientY - from[1]) * scale];
    thing.setAttribute("transform", `translate(${by[0]} ${by[1]})`);
  };
  thing.addEventListener("pointermove", move);
  const end = (last) => {
    thing.removeEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) thing.removeEventListener(kind, end);
    thing.classList.remove("held");
    thing.removeAttribute("transform"); // where it may stand, the server says; where the system took the pointer away, it stays
    if (last.type === "pointerup" && (by[0] || by[1])) put(thing.dataset.thing, by[0] / 100, -by[1] / 100);
  };
  for (const kind of ["pointerup", "pointercancel"]) thing.addEventListener(kind, end);
});
top_.addEventListener("keydown", (event) => {
  const thing = event.target.closest(".thing");
  const step = event.shiftKey ? 0.05 : 0.01;
  const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
  if (!thing || !by) return;
  event.preventDefault();
  put(thing.dataset.thing, ...by);
});

let moving = null;

/** Moves a thing by so many metres; what is pressed while the step before is on its way is added up. */
function put(index, dx, dy) {
  if (moving?.index === index) {
    moving.dx += dx;
    moving.dy += dy;
    return;
  }
  const move = { index, dx, dy };
  moving = move;
  inTurn(() => {
    moving = null;
    const thing = top_.querySelector(`[data-thing="${index}"]`);
    return changeNow({ thing: index, x: Number(thing.dataset.x) + move.dx, y: Number(thing.dataset.y) + move.dy }, `[data-thing="${index}"]`);
  });
}

// --- back, and painting it ---

/** Shows the latest plan of a stack, or a given one; the one that was there goes to the other stack. */
const back = (from, to) =>
  inTurn(async () => {
    const [now, wanted] = [plan(), Array.isArray(from) ? from.at(-1) : from];
    if (wanted === undefined) return;
    showWrong(form);
    show(await sendJson(`${url}/change`, { body: { plan: wanted } }));
    if (Array.isArray(from)) from.pop();
    to.push(now);
    reflect();
  });
undo.addEventListener("click", () => back(past, future));
redo.addEventListener("click", () => back(future, past));
reset.addEventListener("click", () => back(first.plan, past));
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.target.closest("dialog")) return;
  if (key === "y" || (key === "z" && event.shiftKey)) redo.click();
  else if (key === "z") undo.click();
  else return;
  event.preventDefault();
});

onSubmit(form, async () => {
  await turn; // what was changed last belongs to it
  sketching?.abort();
  const bar = document.getElementById("plan-progress");
  const job = await sendJson(url, { body: new FormData(form) }).catch((error) => {
    throw Object.assign(error, { field: "" });
  });
  bar.hidden = false;
  bar.value = 0;
  says.textContent = t("js.accepted");
  follow(job.id, {
    lost: (message) => (says.textContent = message),
    progress: ({ fraction }) => (bar.value = fraction),
    preview: ({ src }) => (shown.src = src),
    picture: ({ picture }) => {
      shown.src = picture.file;
      result.removeAttribute("data-stale");
      const link = Object.assign(document.createElement("a"), { href: `/pictures/${picture.id}`, textContent: t("js.plan_open") });
      says.replaceChildren(t("js.plan_painted"), " ", link);
    },
    end: ({ error }) => {
      bar.hidden = true;
      if (error) showWrong(form, { message: error, field: "" });
    },
  });
});
sendByKeys(form);
guide();
const left = draft(`plan:${room.dataset.picture}`);
if (left && left !== first.plan) back(left, past);
