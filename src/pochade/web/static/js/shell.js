// What every page has: theme, favourites, deletion with undo, the viewer, copying.

import { send, t } from "./api.js";
import "./appeal.js";
import { toast } from "./toast.js";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const viewer = document.getElementById("viewer");

function toggleTheme() {
  const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  document.cookie = `pochade_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
}

async function favourite(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  const id = button.dataset.favourite;
  mark(id, on);
  try {
    await send("/pictures/favourite", { body: { ids: [id], on } });
  } catch (error) {
    mark(id, !on);
    toast(error.message);
  }
}

function mark(id, on) {
  for (const button of document.querySelectorAll(`[data-favourite="${id}"]`)) button.setAttribute("aria-pressed", String(on));
}

/** Moves pictures to the bin, takes them off the page, and offers to bring them back. */
export async function remove(ids) {
  await send("/pictures/delete", { body: { ids } });
  const taken = ids.flatMap((id) => [...document.querySelectorAll(`figure[data-picture="${id}"]`)]);
  for (const tile of taken) tile.hidden = true;
  document.dispatchEvent(new CustomEvent("pictures:removed", { detail: ids }));
  toast(ids.length === 1 ? t("js.deleted") : t("js.deleted_many", { n: ids.length }), {
    label: t("js.undo"),
    run: async () => {
      await send("/pictures/restore", { body: { ids } });
      for (const tile of taken) tile.hidden = false;
      document.dispatchEvent(new CustomEvent("pictures:restored", { detail: ids }));
    },
  });
}

let opener = null;

async function view(id) {
  const response = await send(`/pictures/${id}?part=look`, { method: "GET" }).catch((error) => toast(error.message));
  if (!response) return;
  viewer.innerHTML = await response.text();
  const all = neighbours();
  const at = all.indexOf(id);
  for (const button of viewer.querySelectorAll("[data-turn]")) {
    const to = all[at + Number(button.dataset.turn)];
    button.hidden = at < 0 || !to;
    button.dataset.to = to ?? "";
  }
  if (!viewer.open) viewer.showModal();
  viewer.querySelector("[data-close]").focus({ preventScroll: true });
}

const neighbours = () => [...document.querySelectorAll("main figure[data-picture]:not([hidden])")].map((tile) => tile.dataset.picture);

document.addEventListener("click", async (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-theme-toggle]")) return toggleTheme();
  if (at("[data-favourite]")) return favourite(at("[data-favourite]"));
  if (at("[data-delete]")) {
    const id = at("[data-delete]").dataset.delete;
    if (viewer.open) viewer.close();
    return remove([id]).catch((error) => toast(error.message));
  }
  if (at("[data-copy]")) {
    await navigator.clipboard.writeText(document.getElementById(at("[data-copy]").dataset.copy).textContent);
    return toast(t("js.copied"));
  }
  const link = at("[data-view]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && document.querySelector("main figure[data-picture], dialog[open]")) {
    event.preventDefault();
    if (!viewer.open) opener = link;
    return view(link.dataset.view);
  }
  const turn = at("[data-turn]");
  if (turn) return view(turn.dataset.to);
  if (at("[data-close]")) {
    const dialog = at("dialog");
    return dialog ? dialog.close() : history.back();
  }
});

viewer.addEventListener("close", () => {
  viewer.replaceChildren();
  opener?.focus();
});

viewer.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea")) return;
  const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const button = turn && viewer.querySelector(`[data-turn="${turn}"]:not([hidden])`);
  if (button) view(button.dataset.to);
});

// drafts and settings are for whoever typed them
document.addEventListener("submit", (event) => event.target.getAttribute("action") === "/logout" && sessionStorage.clear());

document.addEventListener("htmx:response:error", () => toast(t("js.failed", { status: "" })));
