// Short messages at the foot of the page, with one thing to do about them.

import { make } from "./api.js";

/**
 * Shows a message for some seconds.
 * @param {{label: string, run: () => void}} [action]
 */
export function toast(message, action, seconds = action ? 9 : 5) {
  const box = make("div", { className: "toast" }, make("p", { textContent: message }));
  if (action) {
    const button = make("button", { type: "button", textContent: action.label });
    button.addEventListener("click", () => {
      box.remove();
      action.run();
    });
    box.append(button);
  }
  // inside an open dialog the rest of the page is out of reach
  const home = document.querySelector("dialog[open]") ?? document.body;
  const toasts = document.getElementById("toasts");
  if (toasts.parentElement !== home) home.append(toasts);
  toasts.append(box);
  setTimeout(() => box.remove(), seconds * 1000);
}
