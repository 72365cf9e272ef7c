// The prompt box: words marked as they are understood, near words for the others, and a sketch while typing.

import { make, send, t } from "./api.js";
import { told } from "./appeal.js";

const WAIT_MS = 90;
const MOST_TOLD = 4;

/**
 * @param {HTMLFormElement} form with #prompt, #marks, #reading and #words-known
 * @param {{request: () => object, sketch: (src: string, last: boolean) => void, stale: () => void, none: () => void}} page
 *     `request` gives what to sketch; `sketch` shows a picture; `stale` says that it no longer fits; `none` that there is none
 */
export class PromptBox {
  constructor(form, page) {
    this.page = page;
    this.input = form.querySelector("#prompt");
    this.marks = form.querySelector("#marks");
    this.reading = form.querySelector("#reading");
    this.unknowns = form.querySelector("#words-known");
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("scroll", () => (this.marks.scrollTop = this.input.scrollTop));
  }

  set(prompt) {
    this.input.value = prompt;
    this.changed();
  }

  /** Every change cancels the sketch before it. */
  changed() {
    this.#mark([], []);
    this.abort?.abort();
    clearTimeout(this.timer);
    if (!this.input.value.trim()) {
      this.unknowns.replaceChildren();
      this.reading.textContent = "";
      return this.page.none();
    }
    this.page.stale();
    this.timer = setTimeout(() => this.#sketch(), WAIT_MS);
  }

  /** Stops sketching: the painting itself has begun. */
  rest() {
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  async #sketch() {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const prompt = this.input.value;
    try {
      const response = await send("/preview", { body: this.page.request(), signal, stay: true });
      let rest = "";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) if (!signal.aborted && prompt === this.input.value) this.#take(JSON.parse(line));
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      this.reading.textContent = "";
      // what is wrong with the other fields is told when the form is sent
      const of_words = ["", "prompt", null, undefined].includes(error.field);
      this.unknowns.replaceChildren(...(of_words ? [make("p", {}, ...told(error.message))] : []));
      if (of_words) this.page.none();
    }
  }

  #take(event) {
    if (event.type === "read") this.show(event);
    if (event.type === "sketch") this.page.sketch(event.src, event.last);
    if (event.type === "refused") {
      const unknown = event.unknown ?? [];
      this.show({ spans: [], unknown });
      this.reading.textContent = unknown.length ? t("js.nothing_understood") : "";
      if (!unknown.length) this.unknowns.replaceChildren(make("p", {}, ...told(event.message)));
      this.page.none();
    }
  }

  /** What was understood: spans and unknown words with near ones. */
  show({ spans, unknown }) {
    this.#mark(spans, unknown);
    this.reading.textContent = unknown.length ? t(unknown.length === 1 ? "js.one_unknown" : "js.unknown", { n: unknown.length }) : t("js.understood");
    const [said, more] = [unknown.slice(0, MOST_TOLD), unknown.length - MOST_TOLD];
    this.unknowns.replaceChildren(...said.map((word) => this.#nearWords(word)));
    if (more > 0) this.unknowns.append(make("p", { textContent: t("js.more_unknown", { n: more }) }));
  }

  #nearWords({ start, end, word, near }) {
    const chips = near.map((other) => {
      const chip = make("button", { type: "button", className: "chip", textContent: other, ariaLabel: t("js.replace", { word, other }) });
      chip.addEventListener("click", () => {
        const letters = [...this.input.value];
        const units = (count) => letters.slice(0, count).join("").length;
        this.input.setRangeText(other, units(start), units(end), "end");
        this.input.focus();
        this.changed();
      });
      return chip;
    });
    return make("div", {}, make("span", {}, t("js.not_understood"), " ", make("b", { textContent: word, dir: "auto" })), ...chips);
  }

  /** The overlay under the text: same words, drawn transparent, with lines beneath. Offsets count Unicode characters. */
  #mark(spans, unknown) {
    const letters = [...this.input.value];
    const all = [
      ...spans.filter((span) => span.kind !== "ignored").map((span) => ({ ...span, tag: "u" })),
      ...unknown.map((span) => ({ ...span, tag: "em" })),
    ].sort((a, b) => a.start - b.start);
    const parts = [];
    let at = 0;
    for (const { start, end, tag } of all) {
      if (start < at) continue;
      parts.push(letters.slice(at, start).join(""), make(tag, { textContent: letters.slice(start, end).join("") }));
      at = end;
    }
    parts.push(letters.slice(at).join(""), "\n");
    this.marks.replaceChildren(...parts);
    this.marks.scrollTop = this.input.scrollTop;
  }
}
