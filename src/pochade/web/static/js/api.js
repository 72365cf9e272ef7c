// Talking to the server: words of the catalogue, requests with the login's token, problems as sentences.

const words = JSON.parse(document.getElementById("words").textContent);
const token = document.querySelector("meta[name=csrf-token]").content;

/** The English sentence `key`, with {names} filled in. */
export function t(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A refusal by the server: a sentence for the person and the field that it is about. */
export class Refused extends Error {
  constructor(message, field = "") {
    super(message);
    this.field = field;
  }
}

/**
 * Sends a request and returns the response.
 * @param {FormData | object | undefined} body FormData as it is, anything else as JSON
 * @param {boolean} stay on this page where the login has ended: nobody asked for this request by hand
 * @throws {Refused} for every answer that is no success, and when the server cannot be reached
 */
export async function send(url, { method = "POST", body, signal, stay = false } = {}) {
  const headers = { "X-CSRF-Token": token, Accept: "application/json" };
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(t("js.unreachable"));
  }
  if (response.status === 401 || response.redirected) {
    if (!stay) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw Object.assign(new Refused(t("js.login")), { ended: true });
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(problem.message ?? problem.error?.message ?? t("js.failed", { status: response.status }), problem.field ?? problem.error?.param ?? "");
  }
  return response;
}

export const sendJson = async (url, options) => (await send(url, options)).json();

/** Seconds as people say them. */
export function duration(seconds) {
  if (seconds < 10) return t("js.seconds", { n: seconds.toFixed(1) });
  if (seconds < 90) return t("js.seconds", { n: Math.round(seconds) });
  return t("js.minutes", { n: Math.round(seconds / 60) });
}

/** An icon of the sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${new URL("../img/icons.svg", import.meta.url).pathname}#${name}`);
  svg.append(use);
  return svg;
}

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
