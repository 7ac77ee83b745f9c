import type { TaskStatus } from "../api-answers.ts";
import { element, svg } from "./dom.ts";

/** Each status has a word, a shape, and a color, so that none of them is needed alone. */

export type Look = TaskStatus | "stalled" | "good" | "bad" | "unsure";

const shapes: Readonly<Record<Look, string>> = {
  succeeded: "M3 8.5l3.2 3.2L13 5",
  good: "M3 8.5l3.2 3.2L13 5",
  failed: "M4 4l8 8M12 4l-8 8",
  bad: "M4 4l8 8M12 4l-8 8",
  canceled: "M3.5 8h9",
  vanished: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.6M8 12.3v.4",
  unknown: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.6M8 12.3v.4",
  unsure: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.6M8 12.3v.4",
  stalled: "M8 2.3L14.2 13H1.8zM8 6.5v2.8M8 11.3v.1",
  running: "M6 4.5v7l5.5-3.5z",
  pending: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3.3l2 1.2",
  paused: "M6 5v6M10 5v6",
  canceling: "M5.5 5.5h5v5h-5z",
};

const words: Readonly<Record<TaskStatus | "stalled", string>> = {
  pending: "Pending",
  running: "Running",
  paused: "Paused",
  canceling: "Canceling",
  unknown: "Unknown",
  succeeded: "Succeeded",
  failed: "Failed",
  canceled: "Canceled",
  vanished: "Vanished",
  stalled: "Stalled",
};

export function statusWord(status: TaskStatus | "stalled"): string {
  return words[status];
}

export function icon(look: Look): SVGElement {
  return svg(
    "svg",
    { class: `icon ${look}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: shapes[look] }),
  );
}

export function badge(look: Look, word: string): HTMLElement {
  return element("span", { class: `badge ${look}` }, icon(look), element("span", {}, word));
}

/** A stalled task keeps its status beside the mark. */
export function statusBadge(status: TaskStatus, isStalled: boolean, partial = false): HTMLElement {
  if (isStalled) return badge("stalled", status === "running" ? "Stalled" : `Stalled, ${words[status].toLowerCase()}`);
  return badge(status, partial ? "Failed in part" : words[status]);
}
