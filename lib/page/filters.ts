import { isTaskStatus } from "./api-answers.ts";
import type { Task, TaskStatus } from "./api-answers.ts";
import { titleOf } from "./task-words.ts";

/** What the address after `#` says: which view, and which tasks. Links to it can be shared. */

export interface Filters {
  /** Empty: every connection. */
  readonly connections: readonly string[];
  readonly statuses: readonly (TaskStatus | "stalled")[];
  readonly actions: readonly string[];
  /** Text that is in the title, an id, or a label. */
  readonly text: string;
  /** Of finished tasks. */
  readonly days: number;
  /** Page of each list that is not on its first, from 1. */
  readonly pages: Readonly<Record<string, number>>;
}

export type Place =
  | { readonly view: "overview"; readonly filters: Filters }
  | { readonly view: "task"; readonly id: string };

export const dayChoices = [1, 3, 7] as const;
const listNames = ["attention", "open", "finished"] as const;
export const noFilters: Filters = { connections: [], statuses: [], actions: [], text: "", days: 3, pages: {} };

/** @param hash with or without its `#`; what cannot be read is left out */
export function placeOf(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?");
  const [, segment] = /^\/tasks\/(.+)$/.exec(path) ?? [];
  if (segment !== undefined) return { view: "task", id: decoded(segment) };
  const given = new URLSearchParams(search);
  const days = Number(given.get("days"));
  const pages = listNames.map((name) => [name, Number(given.get(`${name}Page`))] as const);
  return {
    view: "overview",
    filters: {
      connections: given.getAll("connection"),
      statuses: given.getAll("status").filter((one) => one === "stalled" || isTaskStatus(one)),
      actions: given.getAll("action"),
      text: given.get("text") ?? "",
      days: dayChoices.find((choice) => choice === days) ?? noFilters.days,
      pages: Object.fromEntries(pages.filter(([, page]) => Number.isInteger(page) && page > 1)),
    },
  };
}

/** The inverse of `placeOf`. What is as usual is left out. */
export function hashOf(place: Place): string {
  if (place.view === "task") return `#/tasks/${encodeURIComponent(place.id)}`;
  const { connections, statuses, actions, text, days, pages } = place.filters;
  const pairs: [string, string][] = [
    ...connections.map((one): [string, string] => ["connection", one]),
    ...statuses.map((one): [string, string] => ["status", one]),
    ...actions.map((one): [string, string] => ["action", one]),
    ...(text === "" ? [] : [["text", text] satisfies [string, string]]),
    ...(days === noFilters.days ? [] : [["days", String(days)] satisfies [string, string]]),
    ...Object.entries(pages).flatMap(([name, page]): [string, string][] =>
      page > 1 ? [[`${name}Page`, String(page)]] : [],
    ),
  ];
  const search = new URLSearchParams(pairs);
  return search.size === 0 ? "#/" : `#/?${search}`;
}

export function isFiltered(filters: Filters): boolean {
  const { connections, statuses, actions, text } = filters;
  return connections.length > 0 || statuses.length > 0 || actions.length > 0 || text !== "";
}

export function matchesFilters(task: Task, isStalled: boolean, filters: Filters): boolean {
  const { connections, statuses, actions, text } = filters;
  return (
    (connections.length === 0 || connections.includes(task.connection)) &&
    (statuses.length === 0 || statuses.includes(task.status) || (isStalled && statuses.includes("stalled"))) &&
    (actions.length === 0 || actions.includes(task.action)) &&
    (text === "" || textOf(task).includes(text.toLowerCase()))
  );
}

const texts = new WeakMap<Task, string>();

function textOf(task: Task): string {
  const text = texts.get(task) ?? searchedText(task);
  texts.set(task, text);
  return text;
}

function searchedText(task: Task): string {
  const labels = Object.entries(task.labels).map(([name, value]) => `${name}=${value}`);
  return [titleOf(task), task.id, task.resource?.id ?? "", ...labels].join("\n").toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
