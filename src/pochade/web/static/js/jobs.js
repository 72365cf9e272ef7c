// A painting under way: its card, its events, its end.

import { duration, icon, make, send, t } from "./api.js";
import { told } from "./appeal.js";
import { toast } from "./toast.js";

// One stream for all jobs of the page: browsers open six connections to a server, and one for each job would leave none for anything else.
const EVENTS = ["read", "notice", "standing", "progress", "preview", "picture", "end"];
const followed = new Map();
let source = null;
let timer = null;
let wait_s = 1;

/**
 * Listens to a job's events; `on` maps names of events to functions of their data, and `lost` to one that is told in words that nothing
 * comes for now. Returns a function that stops listening. Listening again starts with the latest of everything.
 */
export function follow(jobId, on) {
  followed.set(jobId, on);
  listen();
  return () => {
    followed.delete(jobId);
    if (!followed.size) listen();
  };
}

/** Opens the stream anew, for all that is followed now. */
function listen(after_s = 0.02) {
  clearTimeout(timer);
  timer = setTimeout(open, after_s * 1000);
}

function open() {
  source?.close();
  source = null;
  // a page that nobody sees leaves the connection to others
  if (!followed.size || document.hidden) return;
  const opened = new EventSource(`/jobs/events?${new URLSearchParams([...followed.keys()].map((id) => ["id", id]))}`);
  source = opened;
  for (const name of EVENTS) {
    opened.addEventListener(name, (event) => {
      const { job, ...data } = JSON.parse(event.data);
      wait_s = 1;
      followed.get(job)?.[name]?.(data);
      if (name !== "end") return;
      followed.delete(job);
      if (!followed.size) opened.close();
    });
  }
  opened.addEventListener("error", () => opened === source && lost());
}

/** The server stopped, or the network; or the login ended, which no attempt changes. */
async function lost() {
  source.close();
  const answer = await fetch("/account", { redirect: "manual" }).catch(() => null);
  const ended = answer?.type === "opaqueredirect";
  for (const on of followed.values()) on.lost?.(t(ended ? "js.login_ended" : "js.listening_again"));
  wait_s = Math.min(wait_s * 2, 30);
  if (!ended) listen(wait_s);
}

document.addEventListener("visibilitychange", () => listen());

/** How a waiting or running job stands, as one sentence. */
export function standing({ state, position, seconds_left: left }) {
  const parts = [];
  if (state === "queued") parts.push(position ? t(position === 1 ? "js.one_ahead" : "js.ahead", { n: position }) : t("js.next"));
  else parts.push(t("js.painting"));
  if (left != null) parts.push(t("js.left", { time: duration(left) }));
  return parts.join(" · ");
}

/** The finished picture as a tile. */
export function pictureTile(picture) {
  const image = make("img", { src: picture.small, width: picture.width_px, height: picture.height_px, alt: picture.short_prompt, draggable: false });
  const link = make("a", { href: `/pictures/${picture.id}`, ariaLabel: t("js.open", { prompt: picture.short_prompt }) }, image);
  link.dataset.view = picture.id;
  const star = make("button", { type: "button", className: "fave", ariaPressed: String(picture.favourite), ariaLabel: t("js.favourite") }, icon("star"));
  star.dataset.favourite = picture.id;
  const tile = make("figure", { className: "tile new", id: `tile-${picture.id}` }, link, star);
  tile.dataset.picture = picture.id;
  return tile;
}

/** Cards of jobs in a feed: new ones from the template, those already on the page taken up again. */
export class Feed {
  constructor(element, { onReuse, onAgain, onRead, onPicture } = {}) {
    Object.assign(this, { element, onReuse, onAgain, onRead, onPicture });
    this.template = document.getElementById("job-template");
    element.addEventListener("click", (event) => this.#act(event));
    for (const card of element.querySelectorAll(".job[data-active]")) this.#follow(card);
    this.#offer(element);
    this.#offer(this.template.content);
  }

  /** Only what this page does with a job. */
  #offer(cards) {
    for (const button of cards.querySelectorAll('[data-act="reuse"]')) button.hidden = !this.onReuse;
    for (const button of cards.querySelectorAll('[data-act="again"]')) button.hidden = !this.onAgain;
  }

  /** Adds the card of a job that was just accepted. */
  add(job, sketch) {
    const card = this.template.content.firstElementChild.cloneNode(true);
    const slot = (name) => card.querySelector(`[data-slot="${name}"]`);
    card.dataset.job = job.id;
    card.dataset.state = "queued";
    slot("prompt").textContent = job.prompt;
    slot("facts").textContent = job.facts;
    slot("settings").textContent = JSON.stringify(job.settings);
    slot("under").hidden = false;
    slot("status").textContent = t("js.accepted");
    card.querySelector('[data-act="cancel"]').hidden = false;
    slot("wall").className = `wall n${job.n}`;
    slot("wall").replaceChildren(...Array.from({ length: job.n }, () => this.#wet(job, sketch)));
    this.element.prepend(card);
    this.#follow(card);
    return card;
  }

  #wet(job, sketch) {
    const image = make("img", { width: job.width_px, height: job.height_px, alt: "", src: sketch ?? blank(job.width_px, job.height_px) });
    return make("figure", { className: "tile" }, make("div", { className: "wet" }, image, make("progress", { max: 1, value: 0, ariaLabel: t("js.progress") })));
  }

  #follow(card) {
    const slot = (name) => card.querySelector(`[data-slot="${name}"]`);
    const wall = slot("wall");
    const settings = JSON.parse(slot("settings").textContent);
    while (wall.children.length < settings.n) wall.append(this.#wet(settings));
    const done = new Set();
    const share = Array(settings.n).fill(0);
    const progress = (index, fraction) => {
      share[index] = fraction;
      card.querySelector(".under progress").value = share.reduce((sum, value) => sum + value, 0) / settings.n;
      const bar = wall.children[index]?.querySelector("progress");
      if (bar) bar.value = fraction;
    };
    follow(card.dataset.job, {
      read: (read) => this.onRead?.(read, slot("prompt").textContent),
      notice: ({ message }) => {
        if ([...slot("notices").children].some((told) => told.textContent === message)) return; // told again after a break
        slot("notices").append(make("p", { className: "note" }, icon("info"), make("span", { textContent: message })));
      },
      lost: (message) => (slot("status").textContent = message),
      standing: (now) => (slot("status").textContent = standing(now)),
      progress: ({ index, fraction }) => progress(index, fraction),
      preview: ({ index, src }) => {
        const image = wall.children[index]?.querySelector(".wet img");
        if (image) image.src = src;
      },
      picture: ({ index, picture }) => {
        if (done.has(index)) return;
        done.add(index);
        progress(index, 1);
        wall.children[index]?.replaceWith(pictureTile(picture));
        this.onPicture?.(picture, card);
      },
      end: ({ state, error, facts }) => {
        delete card.dataset.active;
        card.dataset.state = state;
        slot("under").hidden = true;
        card.querySelector('[data-act="cancel"]').hidden = true;
        if (facts) slot("facts").textContent = facts;
        for (const wet of wall.querySelectorAll(".wet")) wet.closest(".tile").remove();
        if (error) slot("notices").append(make("p", { className: "note bad", role: "alert" }, icon("alert"), make("span", {}, ...told(error))));
        else if (state === "cancelled") slot("notices").append(make("p", { className: "note" }, icon("info"), make("span", { textContent: t("js.cancelled") })));
      },
    });
  }

  async #act(event) {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const card = button.closest(".job");
    const settings = JSON.parse(card.querySelector('[data-slot="settings"]').textContent);
    if (button.dataset.act === "reuse") this.onReuse?.(settings);
    if (button.dataset.act === "again") this.onAgain?.(settings);
    if (button.dataset.act === "cancel") {
      button.disabled = true;
      await send(`/jobs/${card.dataset.job}/cancel`).catch((error) => toast(error.message));
    }
  }
}

/** An empty picture of a shape, so that the page does not jump when the real one comes. */
function blank(width, height) {
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"/>`)}`;
}
