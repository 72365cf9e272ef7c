// Brushing over the part of a picture that is to be painted anew.

import { t } from "./api.js";

const COLOR = "rgb(214, 84, 28)";

export class MaskBrush {
  /**
   * @param {HTMLCanvasElement} canvas as large as the picture, lying over it
   * @param {HTMLElement} bar with the brush's controls
   */
  constructor(canvas, bar) {
    Object.assign(this, { canvas, bar });
    this.draw = canvas.getContext("2d", { willReadFrequently: true });
    this.past = [];
    this.future = [];
    this.undoer = bar.querySelector("#brush-undo");
    this.redoer = bar.querySelector("#brush-redo");
    this.clearer = bar.querySelector("#brush-clear");
    this.says = bar.querySelector("#brush-says");
    this.size = bar.querySelector("#brush-size");
    this.erase = bar.querySelector("#brush-erase");
    this.cursor = [canvas.width / 2, canvas.height / 2];
    canvas.style.opacity = "0.55";
    this.ring = document.createElement("span");
    Object.assign(this.ring, { className: "ring", hidden: true });
    canvas.after(this.ring);
    canvas.addEventListener("pointerdown", (event) => this.#stroke(event));
    canvas.addEventListener("pointermove", (event) => event.isPrimary && this.#aim(this.#at(event)));
    for (const away of ["pointerleave", "blur"]) canvas.addEventListener(away, () => (this.ring.hidden = true));
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && this.#aim(this.cursor));
    this.size.addEventListener("input", () => this.#aim(this.cursor));
    this.size.addEventListener("change", () => (this.ring.hidden = true));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const end of ["keyup", "blur"]) canvas.addEventListener(end, (event) => (event.key ?? " ") === " " && this.#lift());
    this.erase.addEventListener("click", () => this.erase.setAttribute("aria-pressed", String(!this.#erasing)));
    this.undoer.addEventListener("click", () => this.undo());
    this.redoer.addEventListener("click", () => this.redo());
    this.clearer.addEventListener("click", () => this.clear());
    this.#reflect();
  }

  get #erasing() {
    return this.erase.getAttribute("aria-pressed") === "true";
  }

  show(on) {
    this.canvas.hidden = this.bar.hidden = !on;
  }

  undo() {
    this.#turn(this.past, this.future);
  }

  redo() {
    this.#turn(this.future, this.past);
  }

  clear() {
    if (!this.#share()) return;
    this.#remember();
    this.draw.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#reflect();
  }

  /** Puts back the latest mask of one stack; the one that was there goes to the other. */
  #turn(from, to) {
    const other = from.pop();
    if (!other) return;
    to.push(this.#seen());
    this.draw.putImageData(other, 0, 0);
    this.#reflect();
  }

  /** Which buttons are of use, and how much is marked. Not `disabled`: a button in use would lose the focus. */
  #reflect() {
    const share = this.#share();
    for (const [button, of_use] of [
      [this.undoer, this.past.length],
      [this.redoer, this.future.length],
      [this.clearer, share],
    ]) button.setAttribute("aria-disabled", String(!of_use));
    this.says.textContent = share ? t("js.marked", { share: share < 0.01 ? "<1" : Math.round(share * 100) }) : t("js.mark_something");
  }

  #seen() {
    return this.draw.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Share of the picture that is marked, 0 to 1. */
  #share() {
    const { data } = this.#seen();
    let marked = 0;
    for (let k = 3; k < data.length; k += 4) marked += data[k] > 127;
    return (4 * marked) / data.length;
  }

  /** The mask as a PNG file: opaque where it was brushed. */
  file() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }

  #remember() {
    this.past.push(this.#seen());
    if (this.past.length > 20) this.past.shift();
    this.future.length = 0;
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.canvas.width, ((event.clientY - box.top) / box.height) * this.canvas.height];
  }

  /** Shows where the brush is and how wide it paints; the keyboard goes on from there. */
  #aim(point) {
    this.cursor = point;
    const width = this.canvas.getBoundingClientRect().width;
    const at = [point[0] / this.canvas.width, point[1] / this.canvas.height].map((share) => `${100 * share}%`);
    Object.assign(this.ring.style, { left: at[0], top: at[1], width: `${this.size.value}px`, height: `${this.size.value}px` });
    this.ring.hidden = width === 0;
  }

  #line(from, to) {
    const scale = this.canvas.width / Math.max(this.canvas.getBoundingClientRect().width, 1);
    Object.assign(this.draw, { lineCap: "round", lineJoin: "round", strokeStyle: COLOR, lineWidth: this.size.value * scale });
    this.draw.globalCompositeOperation = this.#erasing ? "destination-out" : "source-over";
    this.draw.beginPath();
    this.draw.moveTo(...from);
    this.draw.lineTo(...to);
    this.draw.stroke();
  }

  #stroke(event) {
    // one finger brushes: a second one, or the palm, would be joined to it by a straight line
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.#remember();
    let last = this.#at(event);
    this.#line(last, [last[0] + 0.01, last[1]]);
    this.#aim(last);
    const move = (now) => {
      if (now.pointerId !== event.pointerId) return;
      for (const point of now.getCoalescedEvents?.() ?? [now]) {
        const here = this.#at(point);
        this.#line(last, here);
        last = here;
      }
    };
    this.canvas.addEventListener("pointermove", move);
    const end = (now) => {
      if (now.pointerId !== event.pointerId) return;
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("lostpointercapture", end);
      this.#reflect();
    };
    // comes after pointerup, and where the system takes the pointer away as well
    this.canvas.addEventListener("lostpointercapture", end);
  }

  /** Ends a stroke of the keyboard. */
  #lift() {
    if (!this.stroking) return;
    this.stroking = false;
    this.#reflect();
  }

  /** Arrows move the brush, five times as far with Shift; space paints, a line if it is held meanwhile; brackets change the size. */
  #key(event) {
    const command = event.ctrlKey || event.metaKey;
    const step = (this.canvas.width / 50) * (event.shiftKey ? 5 : 1);
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const key = event.key.toLowerCase();
    if (by) {
      const from = this.cursor;
      this.cursor = [0, 1].map((k) => Math.min(Math.max(from[k] + by[k], 0), k ? this.canvas.height : this.canvas.width));
      if (this.stroking) this.#line(from, this.cursor);
    } else if (key === " ") {
      if (!event.repeat && !this.stroking) {
        this.stroking = true;
        this.#remember();
        this.#line(this.cursor, [this.cursor[0] + 0.01, this.cursor[1]]);
      }
    } else if (key === "[") this.size.value = Number(this.size.value) - 8;
    else if (key === "]") this.size.value = Number(this.size.value) + 8;
    else if (command && (key === "y" || (key === "z" && event.shiftKey))) this.redo();
    else if (command && key === "z") this.undo();
    else return;
    event.preventDefault();
    this.#aim(this.cursor);
  }
}
