// What was typed and not yet sent: kept in this tab, through a reload, another page, or a login that ended.

const mine = `draft:${document.body.dataset.user}:`; // whoever logs in next in this tab gets none of it
const sent = new Set();

/**
 * Keeps what `read` gives of a form whenever it changes.
 * @param {string} name of the page, or of what is worked on there
 * @returns {object | null} what was kept before
 */
export function keepDraft(name, form, read) {
  const keep = () => {
    sent.delete(name);
    setDraft(name, read());
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, keep);
  addEventListener("pagehide", () => sent.has(name) || keep()); // and what came by buttons
  return draft(name);
}

/** Forgets it until something changes again: it was sent. */
export function forgetDraft(name) {
  sent.add(name);
  setDraft(name, null);
}

/** What was kept under a name. */
export function draft(name) {
  try {
    return JSON.parse(sessionStorage.getItem(mine + name));
  } catch {
    return null;
  }
}

/** Keeps it by hand; null forgets it. */
export function setDraft(name, value) {
  if (value === null) return sessionStorage.removeItem(mine + name);
  try {
    sessionStorage.setItem(mine + name, JSON.stringify(value));
  } catch {
    // full: it is a convenience
  }
}
