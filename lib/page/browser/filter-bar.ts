import type { TaskStatus } from "../api-answers.ts";
import { taskStatuses } from "../api-answers.ts";
import { dayChoices, isFiltered } from "../filters.ts";
import type { Filters } from "../filters.ts";
import type { Summary } from "../summary.ts";
import { numberWords } from "../wording.ts";
import { element } from "./dom.ts";
import { icon, statusWord } from "./icons.ts";

/** The choices of the overview. Each change of one goes into the address. */

/** @param connections every one that may be chosen */
export function filterBar(filters: Filters, counts: Summary["counts"], connections: readonly string[]): HTMLElement {
  const statuses = (["stalled", ...taskStatuses] as const).filter(
    (status) => counts.has(status) || filters.statuses.includes(status),
  );
  return element(
    "form",
    { class: "filters", role: "search", "aria-label": "Filter tasks", "data-form": "filters", "data-key": "filters" },
    select("connection", "Connection", filters.connections, [
      ["", "All connections"],
      ...connections.map((name) => [name, name] as const),
    ]),
    select("action", "Action", filters.actions, [
      ["", "All actions"],
      ["import-image", "Imports"],
      ["export-image", "Exports"],
      ["other", "Others"],
    ]),
    select(
      "days",
      "Finished within",
      [String(filters.days)],
      dayChoices.map((days) => [String(days), days === 1 ? "1 day" : `${days} days`] as const),
    ),
    element(
      "label",
      { class: "field search" },
      element("span", {}, "Search"),
      element("input", {
        type: "search",
        name: "text",
        value: filters.text,
        placeholder: "Image, id, or label",
        autocomplete: "off",
      }),
    ),
    element(
      "fieldset",
      { class: "chips" },
      element("legend", { class: "hidden" }, "Status"),
      ...statuses.map((status) => chip(status, filters.statuses.includes(status), counts.get(status) ?? 0)),
    ),
    isFiltered(filters) ? element("button", { type: "button", "data-do": "clear" }, "Clear filters") : null,
  );
}

type Option = readonly [value: string, words: string];

function select(name: string, label: string, chosen: readonly string[], options: readonly Option[]): HTMLElement {
  // An address may hold several values, or one that is not offered.
  const value = chosen.join(",");
  const shown: readonly Option[] = options.some(([one]) => one === value)
    ? options
    : [...options, [value, chosen.join(", ")]];
  return element(
    "label",
    { class: "field" },
    element("span", {}, label),
    element(
      "select",
      { name },
      ...shown.map(([one, words]) => element("option", { value: one, selected: one === value }, words)),
    ),
  );
}

function chip(status: TaskStatus | "stalled", checked: boolean, count: number): HTMLElement {
  return element(
    "label",
    { class: `chip ${status}`, "data-key": status },
    element("input", { type: "checkbox", name: "status", value: status, checked }),
    icon(status),
    statusWord(status),
    element("span", { class: "number" }, numberWords(count)),
  );
}
