import { sentence } from "../task-words.ts";
import { element } from "./dom.ts";

export interface Refusal {
  readonly status: 401 | 403;
  readonly detail: string;
  /** False before the first token was given. */
  readonly hadToken: boolean;
}

export function tokenForm({ status, detail, hadToken }: Refusal): HTMLElement {
  const why = status === 403 ? "The token does not allow reading tasks." : "The token was refused, or it has expired.";
  return element(
    "form",
    { class: "token", "data-form": "token", "aria-labelledby": "view-title", "data-key": "token" },
    element("h2", { id: "view-title", tabindex: -1 }, "A token is needed"),
    hadToken ? element("p", { class: "warning" }, why) : null,
    element("p", {}, sentence(detail)),
    element(
      "label",
      { class: "field" },
      element("span", {}, "Bearer token"),
      element("input", {
        type: "password",
        name: "token",
        required: true,
        autocomplete: "off",
        spellcheck: "false",
        "aria-describedby": "token-note",
      }),
    ),
    element("p", { class: "note", id: "token-note" }, "It stays in this tab and is forgotten when the tab is closed."),
    element("button", { type: "submit", class: "primary" }, "Show tasks"),
  );
}
