// Refusals that can be appealed: their address becomes a link, and the link opens a form right here.

import { make, send, t } from "./api.js";
import { toast } from "./toast.js";

const ADDRESS = /appeal at \S*\/appeals\/([0-9a-f]{12})/;

/** A message as nodes; the address where to appeal becomes a link. */
export function told(message) {
  const found = ADDRESS.exec(message);
  if (!found) return [message];
  const link = make("a", { href: `/appeals/${found[1]}`, textContent: t("js.appeal_here") });
  link.dataset.appeal = found[1];
  return [message.slice(0, found.index), link, message.slice(found.index + found[0].length)];
}

/** Asks why a refusal is a mistake and files the appeal; what was typed stays until it is accepted. */
function ask(decision) {
  const reason = make("textarea", { className: "input", name: "because", rows: 5, id: "appeal-because" });
  const wrong = make("p", { className: "wrong", hidden: true, role: "alert" });
  const form = make(
    "form",
    {},
    make("h2", { textContent: t("js.appeal_title"), id: "appeal-title" }),
    make("div", { className: "field" }, make("label", { htmlFor: reason.id, textContent: t("js.appeal_because") }), reason, wrong),
    make(
      "div",
      { className: "row" },
      make("button", { className: "button", type: "button", textContent: t("js.cancel"), onclick: () => dialog.close() }),
      make("button", { className: "button main", textContent: t("js.appeal_button") }),
    ),
  );
  const dialog = make("dialog", { className: "sheetlet" }, form);
  dialog.setAttribute("aria-labelledby", "appeal-title");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    body.set("decision_id", decision);
    try {
      const answer = await (await send("/appeals", { body })).json();
      dialog.close();
      toast(answer.told);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-appeal]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  ask(link.dataset.appeal);
});
